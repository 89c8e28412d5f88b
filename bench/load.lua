-- The load of wrk: each person in turn reads their journey, or begins a step and takes it back;
-- or a key asks for flags with the body that is given.
local first, people, turn = {}, 0, 0
local changes, is_asked = false, false

function init(given)
  changes = given[1] == "PATCH"
  local tag = given[4] and given[4] ~= "" and ("If-None-Match: " .. given[4] .. "\r\n") or ""
  local host = "Host: " .. wrk.host .. ":" .. wrk.port .. "\r\n"
  local rest = "\r\n"
  if given[5] then
    rest = "Content-Type: application/json\r\nContent-Length: " .. #given[5] .. "\r\n\r\n" .. given[5]
  end
  for token in io.lines(given[3]) do
    people = people + 1
    first[people] = given[1] .. " " .. given[2] .. " HTTP/1.1\r\n" .. host
      .. "Authorization: Bearer " .. token .. "\r\n" .. tag
    if not changes then first[people] = first[people] .. rest end
  end
end

function request()
  local person, seen = first[turn % people + 1], math.floor(turn / people) + 1
  -- wrk asks once before it starts, and sends nothing of that.
  if is_asked then turn = turn + 1 end
  is_asked = true
  if not changes then return person end
  local status = seen % 2 == 1 and "in_progress" or "todo"
  local body = '{"status":"' .. status .. '","rowVersion":' .. seen .. "}"
  return person .. "Content-Type: application/json\r\nContent-Length: " .. #body
    .. "\r\n\r\n" .. body
end

function done(summary, latency)
  local failed = summary.errors
  io.write(string.format('{"done":%d,"seconds":%f,"p50_ms":%f,"p95_ms":%f,"p99_ms":%f,"failed":%d}\n',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency:percentile(99) / 1e3,
    failed.status + failed.timeout + failed.read + failed.write + failed.connect))
end
