// In a bundle this replaces `import … from 'node:http'`. That import reads every export at once, and so loads
// a second HTTP client that only `http.WebSocket` needs (Node 24: 25 ms of a fast processor). Here nothing is
// loaded until it is used.
module.exports = process.getBuiltinModule('node:http');
