/*
 * Calls that wait: for their peer to end its request or to take its answer, or
 * for news. Who is waited for too long is cancelled, and who has waited longest
 * makes room when it is needed, so that nobody fills the server by doing
 * nothing. Owns the order in which they came; knows nothing of a call but its
 * gRPC handle. One worker's, one thread.
 */
#include "rpc/parts.h"

void rpc_peer_wait(struct rpc_peers *peers, struct rpc_peer *peer,
		   grpc_call *grpc, int64_t now_us)
{
	rpc_peer_done(peer);
	*peer = (struct rpc_peer){
		.in = peers,
		.prev = peers->last,
		.grpc = grpc,
		.since_us = now_us,
	};
	if (peers->last)
		peers->last->next = peer;
	else
		peers->first = peer;
	peers->last = peer;
}

void rpc_peer_done(struct rpc_peer *peer)
{
	struct rpc_peers *peers = peer->in;

	if (!peers)
		return;
	if (peer->next)
		peer->next->prev = peer->prev;
	else
		peers->last = peer->prev;
	if (peer->prev)
		peer->prev->next = peer->next;
	else
		peers->first = peer->next;
	peer->in = NULL;
}

bool rpc_peers_drop_oldest(struct rpc_peers *peers)
{
	struct rpc_peer *peer = peers->first;

	if (!peer)
		return false;
	rpc_peer_done(peer);
	/* Its batches come back to the queue, and the call ends there. */
	(void)grpc_call_cancel_with_status(peer->grpc, peers->status,
					   peers->text, NULL);
	return true;
}

void rpc_peers_expire(struct rpc_peers *peers, int64_t now_us)
{
	while (peers->first &&
	       now_us - peers->first->since_us > peers->longest_us)
		(void)rpc_peers_drop_oldest(peers);
}
