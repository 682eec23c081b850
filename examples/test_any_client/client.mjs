// A client without care: retries every failure, at once.
const base = process.argv[2];

async function tryTwice(path, options) {
  for (let attempt = 1; ; ++attempt) {
    try {
      const response = await fetch(base + path, options);
      if (response.status < 500 || attempt === 2) return response;
    } catch (error) {
      if (attempt === 2) throw error;
    }
  }
}

const headers = { "X-Client-Id": "node" };
await tryTwice("/price", { headers });
await tryTwice("/orders", { method: "POST", headers, body: "tea" }).catch(() => {});
