// Uses a mailbox in all ways that imapflow has.
const { ImapFlow } = require("imapflow");
const [host, port, user, pass, log] = process.argv.slice(2);
const logger = log ? require("pino")({ level: "trace" }, require("pino").destination({ dest: log, sync: true })) : false;

const client = new ImapFlow({
  host, port: Number(port), secure: false, doSTARTTLS: false, logger, logRaw: Boolean(log), qresync: true,
  auth: { user, pass }, clientInfo: { name: "imapscope test" }, disableAutoIdle: true,
});

async function main() {
  await client.connect();
  await client.list({ statusQuery: { messages: true, unseen: true, uidNext: true, uidValidity: true, highestModseq: true } });
  await client.status("INBOX", { messages: true, recent: true, uidNext: true, uidValidity: true, unseen: true, highestModseq: true });
  await client.getQuota("INBOX").catch(() => {});
  await client.mailboxCreate("Entwürfe/2024").catch(() => client.mailboxCreate("Entwürfe"));
  await client.mailboxSubscribe("Entwürfe").catch(() => {});
  const lock = await client.getMailboxLock("INBOX");
  try {
    for await (const m of client.fetch("1:*", {
      uid: true, flags: true, envelope: true, bodyStructure: true, internalDate: true, size: true, threadId: true,
      headers: ["subject", "date"], bodyParts: ["1"], labels: true,
    })) void m;
    await client.fetchOne("1", { source: { start: 0, maxLength: 100 } });
    await client.search({ seen: false, or: [{ from: "fred" }, { subject: "Grüße" }], since: new Date("2001-01-01"), larger: 10 }, { uid: true });
    await client.search({ modseq: 1n, all: true }).catch(() => {});
    await client.messageFlagsAdd("1", ["\\Flagged", "work"]);
    await client.messageFlagsRemove("1", ["work"]);
    await client.append("INBOX", "Subject: appended\r\n\r\nhello\r\n", ["\\Seen"], new Date("2002-03-04T05:06:07Z"));
    await client.messageCopy("1:2", "INBOX/copies").catch(() => {});
    await client.noop();
    const { content } = await client.download("2", undefined, { maxBytes: 1000 });
    for await (const chunk of content) void chunk;
    await client.messageDelete("2");
    await client.mailboxOpen("INBOX", { readOnly: true });
    const idle = client.idle();
    setTimeout(() => client.noop(), 300);
    await idle;
  } finally {
    lock.release();
  }
  await client.mailboxUnsubscribe("Entwürfe").catch(() => {});
  await client.logout();
}

main().then(() => process.exit(0), (err) => { console.error(err); process.exit(1); });
