// A function in Zig that parses its event with std.json and keeps what it saw in
// containers of the standard library.
const std = @import("std");

const allocator = std.heap.wasm_allocator;

const Event = struct { body: []const u8, path: []const u8 };

var calls: u32 = 0;
var counts = std.StringArrayHashMap(u32).init(allocator);
var log = std.ArrayList([]const u8).init(allocator);
var reply = std.ArrayList(u8).init(allocator);

export fn postern_abi_1() void {}

export fn postern_alloc(size: u32) ?[*]u8 {
    const room = allocator.alloc(u8, @max(size, 1)) catch return null;
    return room.ptr;
}

export fn postern_handle(event: [*]u8, size: u32, context: [*]u8, context_size: u32) u64 {
    allocator.free(context[0..@max(context_size, 1)]);
    answer(event[0..size]) catch @trap();
    return @as(u64, @intFromPtr(reply.items.ptr)) << 32 | reply.items.len;
}

fn answer(text: []const u8) !void {
    const event = try std.json.parseFromSlice(Event, allocator, text, .{ .ignore_unknown_fields = true });
    const body = event.value.body;
    reply.clearRetainingCapacity();
    const to = reply.writer();
    if (std.mem.startsWith(u8, body, "prime")) return to.print("{d} bytes", .{body.len});
    if (std.mem.startsWith(u8, body, "scribble")) {
        var n: u32 = 0;
        while (n < 3000) : (n += 1) {
            const left = try std.fmt.allocPrint(allocator, "left behind {d}", .{n});
            try counts.put(left, n);
            try log.append(left);
        }
    }
    if (std.mem.startsWith(u8, body, "grow")) {
        const room = try allocator.alloc(u8, 4 << 20);
        @memset(room, 0xAA);
        try log.append(room);
    }
    calls += 1;
    try log.append(body);
    var words = std.mem.split(u8, body, " ");
    while (words.next()) |word| {
        const entry = try counts.getOrPutValue(word, 0);
        entry.value_ptr.* += 1;
    }
    if (std.mem.startsWith(u8, body, "trap")) @trap();
    try to.print("call {d} of {s}, log {d}", .{ calls, event.value.path, log.items.len });
    for (counts.keys(), counts.values()) |word, count| try to.print(" {s}={d}", .{ word, count });
}
