io.write((require("socket.http").request(arg[1])))
