/** Queues welcome mails and works them off in batches. */
export class UserService {
  #queue = [];
  #processed = 0;

  constructor({ log, batchSize = 50 }) {
    this.log = log;
    this.batchSize = batchSize;
  }

  enqueue(user) {
    this.#queue.push({ user, queuedAt: Date.now() });
    return this.#queue.length;
  }

  /** Works off one batch; answers how many jobs it finished. */
  processQueue() {
    const batch = this.#queue.splice(0, this.batchSize);
    for (const job of batch) {
      this.#send(job);
      this.#processed += 1;
    }
    if (batch.length > 0) this.log.info('queue batch processed', { jobs: batch.length, waiting: this.#queue.length });
    return batch.length;
  }

  stats() {
    return { waiting: this.#queue.length, processed: this.#processed };
  }

  #send(job) {
    return `Welcome, ${job.user.name}!`;
  }
}
