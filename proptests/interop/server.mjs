// The Node part of proptests/interop: an HTTP/2 server over TLS that also speaks HTTP/1.1 (ALPN),
// one that insists on a client certificate, and one over cleartext (prior knowledge), all on free
// loopback ports. Usage: node server.mjs KEY CERTIFICATE CA BLOB. Prints its ports as one line of
// JSON; ends when its standard input does, so that it never outlives the test.
//
// /hello          "hello"
// /blob           the bytes of BLOB
// /sha256         the digest of the request's body
// /trailers       a body and then the trailer X-Sum
// /bye            "bye", and no further request on this connection
// /drain?at=N     "counted"; the Nth of these requests, and each Nth after it, drains the server:
//                 every HTTP/2 session says GOAWAY and ends, a new listener replaces the old one
// /drains         how often that has happened
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';

const [keyFile, certificateFile, caFile, blobFile] = process.argv.slice(2);
const identity = { key: readFileSync(keyFile), cert: readFileSync(certificateFile) };
const ca = readFileSync(caFile);
const blob = readFileSync(blobFile);
const servers = {};
let counted = 0;
let drains = 0;

const makers = {
  secure: () => http2.createSecureServer({ ...identity, allowHTTP1: true }),
  mutual: () =>
    http2.createSecureServer({
      ...identity, ca, requestCert: true, rejectUnauthorized: true, allowHTTP1: true,
    }),
  clear: () => http2.createServer({}),
};

function start(name, port) {
  const server = makers[name]();
  const sessions = new Set();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    session.on('error', () => {});
  });
  server.on('sessionError', () => {});
  server.on('request', (request, response) => serve(name, request, response));
  servers[name] = { server, sessions };
  return new Promise((ready) => {
    server.listen(port, '127.0.0.1', () => ready(server.address().port));
  });
}

// A graceful restart: the new listener stands before the old one's sessions have ended.
function drain(name) {
  drains += 1;
  const { server, sessions } = servers[name];
  const { port } = server.address();
  server.close();
  start(name, port);
  for (const session of sessions) {
    session.goaway();
    session.close();
  }
}

function serve(name, request, response) {
  const url = new URL(request.url, 'http://localhost');
  request.on('error', () => {});
  response.on('error', () => {});
  switch (url.pathname) {
    case '/hello':
      return response.end('hello');
    case '/blob':
      return response.end(blob);
    case '/sha256': {
      const hash = createHash('sha256');
      request.on('data', (piece) => hash.update(piece));
      request.on('end', () => response.end(hash.digest('hex')));
      return undefined;
    }
    case '/trailers':
      response.setHeader('Trailer', 'X-Sum');
      response.write('summed ');
      response.addTrailers({ 'X-Sum': '42' });
      return response.end('up');
    case '/bye':
      if (request.httpVersionMajor === 1) response.setHeader('Connection', 'close');
      response.end('bye');
      if (request.httpVersionMajor === 2) request.stream.session.close();
      return undefined;
    case '/drain':
      counted += 1;
      response.end('counted');
      if (counted % Number(url.searchParams.get('at')) === 0) drain(name);
      return undefined;
    case '/drains':
      return response.end(String(drains));
    default:
      response.statusCode = 404;
      return response.end();
  }
}

const ports = {};
for (const name of Object.keys(makers)) ports[name] = await start(name, 0);
process.stdout.write(`${JSON.stringify(ports)}\n`);
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
