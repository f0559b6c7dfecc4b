camera_id NOT IN {withheld_cameras:Array(String)}
