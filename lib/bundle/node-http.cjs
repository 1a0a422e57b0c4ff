// In a bundle this stands in for `import … from 'node:http'`, which gives every export a name at once and so loads what only
// `http.WebSocket` needs: a whole second HTTP client (Node 24: 25 ms of a fast processor). Here nothing is loaded unasked.
module.exports = process.getBuiltinModule('node:http');
