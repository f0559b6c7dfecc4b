plate IN {plates:Array(String)}
