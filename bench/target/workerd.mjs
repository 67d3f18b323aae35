const init = { headers: { "Content-Type": answer.type } };

export default {
  async fetch(request) {
    if (answer.kind === "echo") return new Response(await request.arrayBuffer(), init);
    return new Response(answer.body, init);
  },
};
