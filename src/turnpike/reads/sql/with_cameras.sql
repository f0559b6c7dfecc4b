camera_id IN {camera_ids:Array(String)}
