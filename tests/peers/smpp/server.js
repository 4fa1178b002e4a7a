// An SMPP server made of npm's smpp: node server.js '{"port": 0, "ids": "hex", …}'. What it can be told, then or later
// by a line on stdin (answered by {"event": "told"}), stands in `modes` and `acts`; what comes in is a line on stdout.
"use strict";

const readline = require("readline");
const smpp = require("smpp");

const modes = {
  port: 0,
  system_id: "bhxh",
  password: "matkhau",
  ids: "decimal", // how submit_sm_resp spells the id: decimal, hex
  receipt_ids: "decimal", // how the receipt does: decimal, hex, padded (decimal, twelve digits), stranger (of no message)
  receipts: "after", // the answer, or: before, twice, none
  receipt_ms: 0,
  stat: "DELIVRD",
  throttle: 0, // every so many-th submit is told to wait
  refused: [], // numbers that do not exist
  busy: [], // numbers told that the queue is full, for now
  silent: [], // numbers to which it says nothing
  answers: true, // false: takes what comes and says nothing of it
  hold: false, // the same, said by "held", until {"act": "release"} or {"act": "forget"}
  hold_after: null, // the same from so many submits on
  think_ms: 0, // answers take so long
  drip_ms: 0, // answers come byte by byte
  garbage: false, // answers are none of the protocol's
  close_after: 0, // the connection ends at the so many-th submit, which is taken and not answered
  hangs_up: false, // the connection ends right behind every answer
  enquire: true, // answers enquire_link
  quiet: false, // no line a message, but a count by {"act": "count"}
  ...JSON.parse(process.argv[2] || "{}"),
};
const SPELLINGS = {
  decimal: (id) => String(id),
  hex: (id) => id.toString(16),
  padded: (id) => String(id).padStart(12, "0"),
  stranger: (id) => String(id + 5_000_000),
};
const sessions = new Set();
const held = [];
let submits = 0;
let taken = 0;
let lastId = 1_000_000_000; // as long as networks' ids are: hex and decimal differ in letters

const say = (event, facts = {}) => process.stdout.write(JSON.stringify({ event, ...facts }) + "\n");

const acts = {
  release: () => held.splice(0).forEach((answer) => answer()),
  forget: () => held.splice(0),
  unbind: () => sessions.forEach((session) => session.unbind()),
  drop: () => sessions.forEach((session) => session.destroy()),
  stop: () => {
    server.close();
    acts.drop();
  },
  listen: () => server.listen(modes.port, "127.0.0.1"),
  receipt: ({ id, to, stat }) => sessions.forEach((session) => deliver(session, id, to, stat || modes.stat)),
  message: ({ from, text }) =>
    sessions.forEach((session) => session.deliver_sm({ source_addr: from, destination_addr: "BHXH", short_message: text })),
  count: () => say("count", { taken }),
};

function open(session) {
  sessions.add(session);
  session.on("error", (error) => say("error", { code: error.code || error.message }));
  session.on("close", () => {
    sessions.delete(session);
    say("closed");
  });
  for (const kind of ["bind_transceiver", "bind_transmitter", "bind_receiver"]) session.on(kind, (pdu) => bind(session, pdu));
  session.on("submit_sm", (pdu) => submit(session, pdu));
  session.on("enquire_link", (pdu) => {
    say("enquire_link");
    if (modes.enquire) session.send(pdu.response());
  });
  session.on("deliver_sm_resp", (pdu) => say("deliver_sm_resp", { status: pdu.command_status }));
  session.on("unbind", (pdu) => {
    say("unbind");
    session.send(pdu.response(), () => session.close());
  });
}

function bind(session, pdu) {
  const known = pdu.system_id === modes.system_id && pdu.password === modes.password;
  say("bind", { command: pdu.command, system_id: pdu.system_id, known });
  session.send(pdu.response(known ? { system_id: "smsc" } : { command_status: smpp.ESME_RINVPASWD }));
}

function submit(session, pdu) {
  submits += 1;
  const status = verdict(pdu.destination_addr);
  const id = status ? 0 : ++lastId;
  taken += status ? 0 : 1;
  if (!modes.quiet) say("submit", { ...facts(pdu), status, id: id ? SPELLINGS[modes.ids](id) : "" });
  if (modes.close_after && submits >= modes.close_after) {
    modes.close_after = 0;
    session.destroy();
    return;
  }
  const act = () => answer(session, pdu, status, id);
  if (modes.hold_after !== null && modes.hold_after-- <= 0) {
    modes.hold = true;
    modes.hold_after = null;
  }
  if (modes.silent.includes(pdu.destination_addr)) return;
  if (modes.hold) {
    held.push(act);
    say("held");
  } else if (modes.answers) act();
}

function verdict(number) {
  if (modes.throttle && submits % modes.throttle === 0) return smpp.ESME_RTHROTTLED;
  if (modes.refused.includes(number)) return smpp.ESME_RINVDSTADR;
  return modes.busy.includes(number) ? smpp.ESME_RMSGQFUL : smpp.ESME_ROK;
}

function facts(pdu) {
  const udh = pdu.short_message.udh ? Buffer.concat([].concat(pdu.short_message.udh)) : Buffer.alloc(0);
  return {
    to: pdu.destination_addr,
    to_ton: pdu.dest_addr_ton,
    from: pdu.source_addr,
    from_ton: pdu.source_addr_ton,
    text: String(pdu.short_message.message || ""),
    udh: [...udh],
    data_coding: pdu.data_coding,
    esm_class: pdu.esm_class,
    registered_delivery: pdu.registered_delivery,
  };
}

function answer(session, pdu, status, id) {
  const receipts = !status && pdu.registered_delivery & 1 && modes.receipts !== "none";
  const tell = () => deliver(session, SPELLINGS[modes.receipt_ids](id), pdu.destination_addr, modes.stat);
  if (receipts && modes.receipts === "before") tell();
  respond(session, pdu.response(status ? { command_status: status } : { message_id: SPELLINGS[modes.ids](id) }));
  if (!receipts || modes.receipts === "before") return;
  const all = () => {
    tell();
    if (modes.receipts === "twice") tell();
  };
  if (modes.receipt_ms) setTimeout(all, modes.receipt_ms);
  else setImmediate(all);
}

function respond(session, response) {
  if (modes.garbage) session.socket.write(Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"));
  else if (modes.drip_ms) drip(session.socket, response.toBuffer());
  else if (modes.hangs_up) session.socket.end(response.toBuffer());
  else if (modes.think_ms) setTimeout(() => session.send(response), modes.think_ms);
  else session.send(response);
}

function drip(socket, bytes) {
  let place = 0;
  const timer = setInterval(() => {
    if (place < bytes.length && socket.writable) socket.write(bytes.subarray(place, ++place));
    else clearInterval(timer);
  }, modes.drip_ms);
}

function deliver(session, id, number, stat) {
  const arrived = stat === "DELIVRD";
  const text =
    `id:${id} sub:001 dlvrd:00${arrived ? 1 : 0} submit date:2611200900 done date:2611200901 ` +
    `stat:${stat} err:${arrived ? "000" : "001"} text:`;
  session.deliver_sm({ source_addr: number, destination_addr: "BHXH", esm_class: 4, short_message: text });
  if (!modes.quiet) say("receipt", { id, stat });
}

const server = smpp.createServer(open);
server.on("error", (error) => say("error", { code: error.code }));
server.on("listening", () => {
  modes.port = server.address().port;
  say("listening", { port: modes.port });
});
acts.listen();

readline
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    const { act, ...rest } = JSON.parse(line);
    if (act) acts[act](rest);
    else Object.assign(modes, rest);
    say("told");
  })
  .on("close", () => process.exit(0));
