// SPDX-License-Identifier: GPL-2.0-or-later
// The page of wayside-web. Whatever comes from the daemon goes into the page as text, never as
// markup: peers' names are other people's words.
'use strict';

const EVERY = 2000; // ms between looks, while the page is seen
const ROWS = 300; // peers that are listed at once
const EVENTS = 200; // events that are kept
const RANK = { dead: 0, unanswered: 1, never: 2, idle: 3, up: 4 };

const at = (id) => document.getElementById(id);
let peers = [];
let drawn = ''; // what the picture was made of
let open = null; // key of the peer whose page is open

function node(tag, text, name) {
	const n = document.createElement(tag);
	if (text !== undefined && text !== null)
		n.textContent = text;
	if (name)
		n.className = name;
	return n;
}

async function ask(request) {
	const response = await fetch('/api/' + request);
	const answer = await response.json();
	if (!answer.ok)
		throw new Error(answer.error.message);
	return answer.result;
}

function bytes(n) {
	const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
	let u = 0;
	while (n >= 1024 && u < units.length - 1) {
		n /= 1024;
		u++;
	}
	return (u ? n.toFixed(2) : n) + ' ' + units[u];
}

function duration(s) {
	for (const [name, of] of [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]])
		if (s >= of || of === 1) {
			const n = Math.floor(s / of);
			return n + ' ' + name + (n === 1 ? '' : 's');
		}
}

function ago(s) {
	return s === null || s === undefined ? 'never' : duration(s) + ' ago';
}

// --- the daemon --------------------------------------------------------------------------------

function summary(s) {
	const p = s.peers || {};
	const words = [s.converged ? 'converged' : 'pending', p.up + ' of ' + p.total + ' peers up'];
	if (p.unanswered)
		words.push(p.unanswered + ' unanswered');
	if (p.dead)
		words.push(p.dead + ' dead');
	words.push('waysided ' + s.version + ', up ' + duration(s.uptime_s));
	at('summary').textContent = words.join(' · ');
	at('summary').className = s.converged && !s.problems.length ? 'up' : 'unanswered';
	at('problems').hidden = !s.problems.length;
	at('problem-list').replaceChildren(...s.problems.map((p) => {
		const item = node('li', p.message);
		if (p.hint)
			item.append(node('code', p.hint));
		return item;
	}));
}

function gone(error) {
	at('summary').textContent = error.message;
	at('summary').className = 'dead';
}

// --- peers -------------------------------------------------------------------------------------

const TITLES = ['Peer', 'State', 'Endpoint', 'Handshake', 'Received', 'Sent', 'Allowed IPs'];
const rows = new Map(); // of the peers that are listed, by key

// A row is made once and then only told what is new, so that a click or a selection is not lost.
function row(p) {
	let tr = rows.get(p.public_key);
	if (tr)
		return tr;
	tr = document.createElement('tr');
	TITLES.forEach((title, i) => {
		const td = node('td', null, i === 4 || i === 5 ? 'number' : '');
		td.dataset.title = title;
		tr.append(td);
	});
	const button = node('button', p.label, 'link');
	button.type = 'button';
	button.dataset.key = p.public_key;
	tr.cells[0].append(button);
	rows.set(p.public_key, tr);
	return tr;
}

function fill(tr, p) {
	const texts = [p.label, p.state, p.endpoint || 'none yet', ago(p.handshake_age_s),
		bytes(p.rx_bytes), bytes(p.tx_bytes), p.allowed_ips.join(', ')];
	texts.forEach((text, i) => {
		const at = i ? tr.cells[i] : tr.cells[0].firstChild;
		if (at.textContent !== text)
			at.textContent = text;
	});
	tr.cells[1].className = 'state ' + p.state;
	return tr;
}

function matches(p, text) {
	return [p.label, p.state, p.interface, p.endpoint, p.zone, ...p.allowed_ips].some(
		(v) => v && v.toLowerCase().includes(text));
}

function list() {
	const text = at('filter').value.trim().toLowerCase();
	const found = text ? peers.filter((p) => matches(p, text)) : peers;
	const wanted = found.slice(0, ROWS).map((p) => fill(row(p), p));
	const body = at('peer-rows');
	wanted.forEach((tr, i) => {
		if (body.rows[i] !== tr)
			body.insertBefore(tr, body.rows[i] || null);
	});
	while (body.rows.length > wanted.length)
		body.lastElementChild.remove();
	at('count').textContent = found.length > ROWS ? ROWS + ' of ' + found.length : '';
}

// A new picture only when it would be another one: it is not drawn for each byte that passes.
function picture() {
	const made = peers.map((p) => [p.public_key, p.state, p.endpoint, p.allowed_ips].join()).join();
	at('picture').hidden = peers.length > 200;
	if (made === drawn || peers.length > 200)
		return;
	drawn = made;
	at('graph').src = '/graph.svg?' + Date.now();
}

function show(found) {
	const keys = new Set(found.map((p) => p.public_key));
	for (const key of rows.keys())
		if (!keys.has(key))
			rows.delete(key);
	peers = found.sort((a, b) => RANK[a.state] - RANK[b.state] || (a.label < b.label ? -1 : 1));
	list();
	picture();
}

// --- one peer ----------------------------------------------------------------------------------

function facts(p) {
	const all = [
		['State', p.state + (p.state_age_s === null ? '' : ' for ' + duration(p.state_age_s))],
		['Interface', p.interface], ['Zone', p.zone],
		['Endpoint', p.endpoint ? p.endpoint + ' (' + p.endpoint_source + ')' :
			'none, it has to call first'],
		['Host', p.endpoint_host], ['Latest handshake', ago(p.handshake_age_s)],
		['Transfer', bytes(p.rx_bytes) + ' received, ' + bytes(p.tx_bytes) + ' sent'],
		['Keepalive', (p.keepalive_s ? 'every ' + p.keepalive_s + ' s' : 'off') +
			(p.keepalive_reason ? ' (' + p.keepalive_reason + ')' : '')],
		['Allowed IPs', p.allowed_ips.join(', ')],
		['Routes', (p.routes || []).map((r) => r.prefix + ' ' + r.status).join(', ')],
		['Public key', p.public_key],
	];
	return all.filter(([, v]) => v).flatMap(([k, v]) => [node('dt', k), node('dd', v)]);
}

async function page() {
	if (!open)
		return;
	const p = await ask('peer/' + encodeURIComponent(open));
	at('peer-title').textContent = p.label;
	at('peer-facts').replaceChildren(...facts(p));
	at('peer-events').replaceChildren(...p.events.slice().reverse().map(line));
}

async function choose(key) {
	open = key;
	try {
		await page();
		at('peer').showModal();
	} catch (error) {
		open = null;
		gone(error);
	}
}

// --- events ------------------------------------------------------------------------------------

function line(e) {
	const item = node('li', null, e.level);
	const time = node('time', new Date(e.time).toLocaleTimeString());
	time.dateTime = e.time;
	item.append(time, ' ' + (e.peer || e.interface ? (e.peer || e.interface) + ': ' : '') + e.text);
	return item;
}

function happened(e) {
	const all = at('events');
	all.prepend(line(e));
	while (all.children.length > EVENTS)
		all.lastChild.remove();
}

async function follow() {
	const past = await ask('events/50');
	let last = past.length ? past[past.length - 1].seq : 0;
	at('events').replaceChildren(...past.reverse().map(line));
	const stream = new EventSource('/events');
	stream.onmessage = (message) => {
		const e = JSON.parse(message.data);
		if (e.seq <= last && last - e.seq < 1000)
			return;
		last = e.seq;
		happened(e);
		look();
	};
}

// --- what happens to a packet --------------------------------------------------------------------

async function explain() {
	const address = at('address').value.trim();
	let lines;
	if (!address)
		return;
	try {
		const told = await ask('explain/' + address);
		lines = told.explanation || ['that is a peer: ' + told.label];
		for (const help of told.help || [])
			lines.push('what would help: ' + help);
	} catch (error) {
		lines = [error.message];
	}
	at('explanation').replaceChildren(...lines.map((l) => node('li', l)));
}

// --- all the time --------------------------------------------------------------------------------

let looking = false;

async function look() {
	if (looking || document.hidden)
		return;
	looking = true;
	try {
		summary(await ask('status'));
		show(await ask('peers'));
		await page();
	} catch (error) {
		gone(error);
	}
	looking = false;
}

at('filter').addEventListener('input', list);
at('peer-rows').addEventListener('click', (e) => {
	if (e.target.dataset.key)
		choose(e.target.dataset.key);
});
at('peer-close').addEventListener('click', () => at('peer').close());
at('peer').addEventListener('close', () => { open = null; });
at('explain').addEventListener('click', explain);
at('address').addEventListener('keydown', (e) => {
	if (e.key === 'Enter')
		explain();
});
document.addEventListener('visibilitychange', look);
setInterval(look, EVERY);
look();
follow().catch(gone);
