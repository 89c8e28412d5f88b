-- The arithmetic of window.py inside Redis: look at all limits of a request, then count in all.
-- KEYS: one hash of {grain: count} for each limit, all with one hash tag.
-- ARGV: limit, window_ms, grain_ms, enforced (1 or 0) for each key.
-- Answers four whole numbers for each key: counted (1 or 0), used, wait_ms, has_room (1 or 0).
-- With one enforced limit out of room nothing is counted anywhere.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function number(value)  -- %.14g, the way Lua writes numbers, would lose digits
    return string.format('%.0f', value)
end

local looks, is_open = {}, true
for i, key in ipairs(KEYS) do
    local limit, window, grain = tonumber(ARGV[i * 4 - 3]), tonumber(ARGV[i * 4 - 2]), tonumber(ARGV[i * 4 - 1])
    local enforced = ARGV[i * 4] == '1'
    local span, present = math.floor(window / grain), math.floor(now / grain)
    local stored, kept, moved, used = redis.call('HGETALL', key), {}, {}, 0
    for j = 1, #stored, 2 do
        local at, count = tonumber(stored[j]), tonumber(stored[j + 1])
        if present - at > span then
            moved[#moved + 1] = stored[j]
        else
            if at > present then  -- the clock went back
                moved[#moved + 1] = stored[j]
                at = present
            end
            kept[at] = (kept[at] or 0) + count
            used = used + count
        end
    end

    local excess, wait, grains = used + 1 - limit, 0, {}
    for at in pairs(kept) do
        grains[#grains + 1] = at
    end
    table.sort(grains)
    local still = math.max(excess, 1)
    for _, at in ipairs(grains) do
        still = still - kept[at]
        if still <= 0 then
            wait = (at + span + 1) * grain - now
            break
        end
    end

    local has_room = excess <= 0
    if enforced and not has_room then
        is_open = false
    end
    looks[i] = {
        key = key, present = present, count = kept[present] or 0, moved = moved,
        used = used, wait = wait, has_room = has_room, life = window + grain,
    }
end

local answer = {}
for _, look in ipairs(looks) do
    local counted = is_open and look.has_room
    local count = counted and look.count + 1 or look.count
    for _, field in ipairs(look.moved) do
        redis.call('HDEL', look.key, field)
    end
    if counted or (#look.moved > 0 and count > 0) then
        redis.call('HSET', look.key, number(look.present), number(count))
        redis.call('PEXPIRE', look.key, number(look.life))
    end
    answer[#answer + 1] = counted and 1 or 0
    answer[#answer + 1] = look.used
    answer[#answer + 1] = look.wait
    answer[#answer + 1] = look.has_room and 1 or 0
end
return answer
