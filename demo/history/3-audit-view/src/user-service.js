/** Results that the audit view can show at once. */
const AUDIT_VIEW_SIZE = 1_000;

/** Queues welcome mails and works them off in batches. */
export class UserService {
  #queue = [];
  #processed = 0;
  #results = [];

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
      this.#results.push({ job, mail: this.#send(job), finishedAt: Date.now() });
      this.#processed += 1;
    }
    if (batch.length > 0 && this.#results.length > AUDIT_VIEW_SIZE) {
      const excess = new RangeError(`audit view holds ${this.#results.length} results, it can show ${AUDIT_VIEW_SIZE}`);
      this.log.error('memory pressure in processQueue', {
        err: { type: excess.name, message: excess.message, stack: excess.stack },
      });
    }
    if (batch.length > 0) this.log.info('queue batch processed', { jobs: batch.length, waiting: this.#queue.length });
    return batch.length;
  }

  /** The newest results, for the audit view. */
  recentResults() {
    return this.#results.slice(-AUDIT_VIEW_SIZE);
  }

  stats() {
    return { waiting: this.#queue.length, processed: this.#processed, retained: this.#results.length };
  }

  #send(job) {
    return `Welcome, ${job.user.name}!`;
  }
}
