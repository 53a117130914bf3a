import { createServer } from 'node:http';

import { createLog } from './log.js';
import { renderMetrics } from './metrics.js';
import { UserService } from './user-service.js';

const log = createLog('user-service');
const service = new UserService({ log });
let requests = 0;

const server = createServer(async (request, response) => {
  requests += 1;
  if (request.method === 'GET' && request.url === '/metrics') {
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(renderMetrics(service, requests));
    return;
  }
  if (request.method === 'POST' && request.url === '/users') {
    let body = '';
    for await (const chunk of request) body += chunk;
    service.enqueue(JSON.parse(body));
    response.statusCode = 202;
    response.end();
    return;
  }
  response.statusCode = 404;
  response.end();
});

setInterval(() => service.processQueue(), 20);
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  log.info('listening', { port: server.address().port });
});
