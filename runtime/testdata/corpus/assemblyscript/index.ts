// A function in AssemblyScript. Its garbage collector keeps its state in globals
// and in memory.

class Entry {
  constructor(public word: string, public count: i32) {}
}

let calls: i32 = 0;
let log: string[] = [];
let counts = new Map<string, Entry>();
let reply: ArrayBuffer = new ArrayBuffer(0);

// abort ends the run: there is nobody to call.
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  unreachable();
}

export function postern_abi_1(): void {}

export function postern_alloc(size: u32): usize {
  return heap.alloc(size);
}

export function postern_handle(event: usize, size: u32, context: usize, contextSize: u32): u64 {
  const text = String.UTF8.decodeUnsafe(event, size);
  heap.free(event);
  heap.free(context);
  const from = text.indexOf('"body":"') + 8;
  const body = text.substring(from, text.indexOf('"', from));
  if (body.startsWith("prime")) return pack("length " + body.length.toString());
  if (body.startsWith("scribble")) {
    for (let i = 0; i < 3000; i++) log.push("left behind " + i.toString());
    counts.clear();
  }
  if (body.startsWith("grow")) log.push("y".repeat(1 << 20));
  calls++;
  const words = body.split(" ");
  for (let i = 0; i < words.length; i++) {
    if (counts.has(words[i])) counts.get(words[i]).count++;
    else counts.set(words[i], new Entry(words[i], 1));
  }
  if (body.startsWith("trap")) throw new Error("half-way");
  let all = "call " + calls.toString() + ", log " + log.length.toString();
  const entries = counts.values();
  for (let i = 0; i < entries.length; i++) all += ", " + entries[i].word + "=" + entries[i].count.toString();
  return pack(all);
}

function pack(text: string): u64 {
  reply = String.UTF8.encode(text);
  return ((changetype<usize>(reply) as u64) << 32) | reply.byteLength;
}
