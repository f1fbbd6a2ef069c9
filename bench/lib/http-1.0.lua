-- For wrk: the path of the command line, by HTTP/1.0.
function request()
  return "GET " .. wrk.path .. " HTTP/1.0\r\nHost: " .. wrk.host .. "\r\n\r\n"
end
