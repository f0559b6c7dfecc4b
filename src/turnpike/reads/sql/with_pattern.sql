plate LIKE {pattern:String}
