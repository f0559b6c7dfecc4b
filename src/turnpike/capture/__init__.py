"""Pictures, folders, videos and RTSP streams as frames."""
