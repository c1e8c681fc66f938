// @grpc/grpc-js does what a client does: signs in, creates, lists, changes
// with a mask and watches alerts.
//
//	node client.js ADDRESS LOGIN PASSWORD PROTO_FOLDER...
'use strict';
const assert = require('node:assert');
const crypto = require('node:crypto');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [address, login, password, ...folders] = process.argv.slice(2);
const files = ['auth', 'contact', 'user', 'visit'].map(
	(name) => `outrider/v1/${name}.proto`);
const contract = grpc.loadPackageDefinition(loader.loadSync(files, {
	includeDirs: folders,
	keepCase: true,
	longs: String,
	enums: String,
	defaults: true,
})).outrider.v1;
const metadata = new grpc.Metadata();

// A client whose methods are promises; streams stay what they are.
function client(service) {
	const made = new contract[service](
		address, grpc.credentials.createInsecure());
	return new Proxy(made, {
		get: (target, name) => (request) => new Promise((done, fail) => {
			target[name](request, metadata, (error, answer) => {
				error ? fail(error) : done(answer);
			});
		}),
	});
}

function watch(request) {
	const visits = new contract.VisitService(
		address, grpc.credentials.createInsecure());
	return visits.WatchAlerts(request, metadata);
}

async function refused(code, call) {
	try {
		await call;
	} catch (error) {
		assert.strictEqual(error.code, code, String(error));
		return error;
	}
	throw new Error(`wanted code ${code}, got an answer`);
}

async function signIn() {
	const auth = client('AuthService');
	const contacts = client('ContactService');
	await refused(grpc.status.UNAUTHENTICATED, contacts.ListContacts({}));
	await refused(grpc.status.UNAUTHENTICATED,
		auth.Login({ login_name: login, password: 'wrong one' }));
	const answer = await auth.Login({ login_name: login, password });
	assert.strictEqual(answer.rank, 'RANK_ADMINISTRATOR');
	metadata.set('authorization', `Bearer ${answer.access_token}`);
	return answer;
}

async function createListChange() {
	const contacts = client('ContactService');
	const made = [];
	for (let i = 0; i < 5; i++) {
		made.push(await contacts.CreateContact({
			contact: { given_name: `Name ${i}`, family_name: 'Ünal' },
		}));
	}
	// A list is ordered by id, and ids made within a millisecond are not
	// ordered by time.
	made.sort((a, b) => (a.id < b.id ? -1 : 1));
	const page = await contacts.ListContacts({ page_size: 3 });
	assert.strictEqual(page.contacts.length, 3);
	const rest = await contacts.ListContacts({
		page_size: 3, page_token: page.next_page_token });
	assert.deepStrictEqual([...page.contacts, ...rest.contacts], made);

	const changed = await contacts.UpdateContact({
		contact: { id: made[0].id, position: 'head of tea',
			given_name: 'not sent' },
		update_mask: { paths: ['position'] },
	});
	assert.strictEqual(changed.position, 'head of tea');
	assert.strictEqual(changed.given_name, 'Name 0');
	const error = await refused(grpc.status.INVALID_ARGUMENT,
		contacts.GetContact({ id: 'not a UUID' }));
	const details = error.metadata.get('grpc-status-details-bin')[0];
	assert(details.includes('google.rpc.BadRequest'), String(details));
}

async function enrol(user, name) {
	const auth = client('AuthService');
	const { code } = await auth.CreateEnrollmentCode({ user_id: user });
	const { publicKey } = crypto.generateKeyPairSync('ed25519');
	return auth.EnrollDevice({
		code,
		device_id: crypto.randomBytes(16),
		display_name: name,
		signing_key: publicKey.export({ type: 'spki', format: 'der' })
			.subarray(-32),
	});
}

async function watchAlerts(me) {
	await enrol(me.user_id, 'first');
	const stream = watch({ only_new: true });
	const first = new Promise((done, fail) => {
		stream.on('data', (answer) => done(answer.alert));
		stream.on('error', fail);
	});
	let alert = null;
	first.then((found) => { alert = found; }, () => {});
	// The stream may begin behind the act: a second one can't be missed.
	for (let n = 0; n < 60 && !alert; n++) {
		await enrol(me.user_id, `another ${n}`);
		await Promise.race([first,
			new Promise((done) => setTimeout(done, 500))]);
	}
	stream.cancel();
	assert.strictEqual((await first).type, 'ALERT_TYPE_NEW_DEVICE');
}

async function main() {
	const me = await signIn();
	console.log('ok    signs in');
	await createListChange();
	console.log('ok    creates, lists, changes with a mask');
	await watchAlerts(me);
	console.log('ok    watches alerts');
}

main().then(() => process.exit(0), (error) => {
	console.error(error);
	process.exit(1);
});
