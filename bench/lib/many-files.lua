-- For wrk: a random one of the files that fixtures.mjs has made.
function request()
  return wrk.format("GET", "/many/" .. math.random(0, 4999) .. ".txt")
end
