// The script of the function: it leaves behind whatever a script can.
const seen = new Map();
let calls = 0;

function handle(text) {
  const event = JSON.parse(text);
  const [verb, ...words] = event.body.split(" ");
  if (verb === "prime") return JSON.stringify({ words: words.length });
  calls++;
  if (verb === "scribble") {
    for (let i = 0; i < 2000; i++) seen.set("left behind " + i, { i });
    Array.prototype.join = () => "broken";
    JSON.parse = () => ({ body: "say nothing" });
    globalThis.leftBehind = true;
  }
  if (verb === "grow") seen.set("large", "y".repeat(2 << 20));
  for (const word of words) seen.set(word, (seen.get(word) ?? 0) + 1);
  if (verb === "trap") throw new Error("half-way in " + words);
  const counts = [...seen].slice(0, 50).map(([word, n]) => `${word}=${n}`);
  return JSON.stringify({ calls, counts: counts.join(), left: typeof leftBehind, path: event.path.replace(/\d+/g, (n) => BigInt(n) ** 3n) });
}
