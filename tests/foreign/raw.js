// gRPC below gRPC: node's own HTTP/2 says things that no client library would
// let through. Each must end with the right status, or with the connection,
// and a good call on a new connection must work right after it.
//
//	node raw.js ADDRESS TOKEN
'use strict';
const assert = require('node:assert');
const http2 = require('node:http2');

const [address, token] = process.argv.slice(2);
const LIST = '/outrider.v1.ContactService/ListContacts';
const CREATE = '/outrider.v1.ContactService/CreateContact';
const PULL = '/outrider.v1.SyncService/Pull';

// A gRPC message: one byte of flags, four of length.
function framed(message, { flags = 0, len = message.length } = {}) {
	const head = Buffer.alloc(5);
	head.writeUInt8(flags, 0);
	head.writeUInt32BE(len, 1);
	return Buffer.concat([head, message]);
}

// Sends the bytes; answers { status, http, reset, bytes, details }.
function call({ path = LIST, bytes = framed(Buffer.alloc(0)), headers = {},
	end = true, reset = false }) {
	return new Promise((done) => {
		const session = http2.connect(`http://${address}`);
		const found = { bytes: 0 };
		const finish = () => {
			clearTimeout(timer);
			session.destroy();
			done(found);
		};
		const timer = setTimeout(() => {
			found.hangs = true;
			finish();
		}, 20000);
		const take = (h) => {
			if (h['grpc-status'] !== undefined)
				found.status = Number(h['grpc-status']);
			if (h['grpc-status-details-bin'])
				found.details = h['grpc-status-details-bin'];
		};
		session.on('error', (error) => {
			found.reset = error.code;
			finish();
		});
		const stream = session.request({
			':method': 'POST', ':path': path,
			'content-type': 'application/grpc', te: 'trailers',
			authorization: `Bearer ${token}`, ...headers,
		});
		stream.on('response', (h) => {
			found.http = h[':status'];
			take(h);
		});
		stream.on('trailers', take);
		stream.on('data', (data) => { found.bytes += data.length; });
		stream.on('error', (error) => { found.reset = error.code; });
		stream.on('close', finish);
		stream.write(bytes);
		if (reset)
			setTimeout(() => stream.close(http2.constants.NGHTTP2_CANCEL), 20);
		else if (end)
			stream.end();
	});
}

const name = (text) => {
	const value = Buffer.from(text);
	const inner = Buffer.concat([Buffer.from([11 << 3 | 2, value.length]),
		value]);
	return Buffer.concat([Buffer.from([1 << 3 | 2, inner.length]), inner]);
};

// want: a status, or a list of what may stand in its place.
const cases = [
	['a good call', {}, [0]],
	['a deadline that is past', { headers: { 'grpc-timeout': '0n' } },
		[4, 'reset']],
	// gRPC rounds it up.
	['a deadline too near', { headers: { 'grpc-timeout': '1n' } },
		[0, 4, 'reset']],
	['a deadline that is no time',
		{ headers: { 'grpc-timeout': 'soon' } }, [0, 13, 3, 'reset']],
	['a deadline on a stream', { path: PULL,
		headers: { 'grpc-timeout': '1u' } }, [0, 4, 'reset']],
	['a message shorter than it says',
		{ bytes: framed(Buffer.from('abc'), { len: 9 }) },
		[3, 13, 2, 'reset']],
	['half a message head', { bytes: Buffer.from([0, 0, 0]) },
		[3, 13, 2, 'reset']],
	['no message', { bytes: Buffer.alloc(0) }, [3]],
	['two messages', { bytes: Buffer.concat([framed(Buffer.alloc(0)),
		framed(Buffer.alloc(0))]) }, [3]],
	['two messages that write', { path: CREATE,
		bytes: Buffer.concat([framed(name('Twice')),
			framed(name('Twice'))]) }, [3]],
	['a message of 4 GB', { bytes: framed(Buffer.from('x'),
		{ len: 0xffffffff }) }, [3, 8, 'reset']],
	['a message of 5 MiB', { bytes: framed(Buffer.alloc(5 << 20)) },
		[8, 'reset']],
	['compressed without saying how',
		{ bytes: framed(Buffer.from('x'), { flags: 1 }) },
		[13, 12, 3, 2, 'reset']],
	['compressed in a way nobody knows', {
		bytes: framed(Buffer.from('x'), { flags: 1 }),
		headers: { 'grpc-encoding': 'snappy' } },
		[12, 13, 3, 'reset']],
	['gzip that is none', {
		bytes: framed(Buffer.from('xxxxxxxxxxxxxxxxxxxxxx'),
			{ flags: 1 }),
		headers: { 'grpc-encoding': 'gzip' } },
		[13, 3, 2, 'reset']],
	['a gzip bomb of 64 MiB', {
		bytes: framed(require('node:zlib').gzipSync(
			Buffer.alloc(64 << 20)), { flags: 1 }),
		headers: { 'grpc-encoding': 'gzip' } }, [8, 'reset']],
	// gRPC core is lenient with these three: the message before was whole.
	['a message and a half', { path: CREATE, bytes: Buffer.concat([
		framed(name('Half')), Buffer.from([0, 0])]) },
		[0, 3, 13, 2, 'reset']],
	['unknown flags', { bytes: framed(Buffer.alloc(0), { flags: 6 }) },
		[0, 13, 2, 'reset']],
	['a content type that is not gRPC',
		{ headers: { 'content-type': 'text/html' } },
		[0, 2, 12, 13, 'http', 'reset']],
	['GET', { headers: { ':method': 'GET' } },
		[2, 12, 13, 'http', 'reset']],
	['a header of 200 KB', { headers: { junk: 'x'.repeat(200000) } },
		[8, 'reset']],
	['a client that resets', { end: false, reset: true }, ['reset']],
	// node finishes the request before it resets: it may be done or not.
	['a client that resets a write', { path: CREATE, end: false,
		reset: true, bytes: framed(name('Gone')) }, ['reset']],
];

async function main() {
	let failed = 0;
	for (const [what, how, want] of cases) {
		const found = await call(how);
		const got = found.hangs ? 'hangs' : found.status !== undefined ?
			found.status : found.http && found.http !== 200 ?
				'http' : 'reset';
		const good = await call({});
		const ok = want.includes(got) && good.status === 0 &&
			good.bytes > 0;
		console.log(`${ok ? 'ok   ' : 'FAIL '} ${what}: ${got}`);
		if (!ok) {
			failed++;
			console.log(found, good);
		}
	}
	assert.strictEqual(failed, 0);
}

main().then(() => process.exit(0), (error) => {
	console.error(error);
	process.exit(1);
});
