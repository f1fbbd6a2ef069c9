package require http
puts -nonewline [http::data [http::geturl [lindex $argv 0]]]
