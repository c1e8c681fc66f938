/*
 * A part of sync.pml: how a walk tells its state and, where every order is
 * looked at, which numbers of a state mean nothing more and become alike.
 */
/* ------------------------------------------------------------------ a walk */

#ifdef WALK
hidden byte shown[2], n_parked;
hidden byte is_shown;

/* cards.c, show: the server's state, and on it what waits. */
inline tell_phone(d)
{
	is_shown = p[d].is_there;
	shown[0] = p[d].val[0];
	shown[1] = p[d].val[1];
	n_parked = 0;
	for (t : FIRST .. NUMBERS - 1) {
		if
		:: m[t].op != 0 && m[t].device == d && m[t].is_parked ->
			n_parked++
		:: m[t].op == DELETE && m[t].device == d &&
		   m[t].seq > p[d].acked ->
			is_shown = 0
		:: m[t].op != 0 && m[t].op != DELETE && m[t].device == d &&
		   m[t].seq > p[d].acked && (is_shown || m[t].op == CREATE) ->
			is_shown = 1;
			for (i : 0 .. 1) {
				if
				:: HAS(m[t].fields, i) -> shown[i] = t
				:: else
				fi
			}
		:: else
		fi
	}
	printf("phone %d shown %d values %d %d ", d, is_shown,
	       (is_shown -> shown[0] : 0), (is_shown -> shown[1] : 0));
	printf("rev %d waits %d parked %d head %d pos %d\n", p[d].rev,
	       p[d].n_made - p[d].acked, n_parked, p[d].head, p[d].pos)
}

#define TELL \
	printf("server there %d deleted %d mine %d ", x.is_there, \
	       x.is_deleted, x.is_0s); \
	printf("values %d %d rev %d newest %d\n", x.val[0], x.val[1], x.rev, \
	       newest); \
	tell_phone(0); \
	tell_phone(1)
#else
/*
 * Revisions are asked only which of them is greater. States that differ in
 * nothing but the gaps between them are one: the gaps are closed.
 */
#define CLOSE(at) \
	if           \
	:: at > k -> at--  \
	:: else      \
	fi
#define IS_IN_PHONE(d)                                                \
	(p[d].rev == k || p[d].head == k || p[d].pos == k ||          \
	 p[d].s_head == k || p[d].s_pos == k || p[d].s_begun == k ||  \
	 p[d].p_rev == k || p[d].p_head == k || p[d].p_pos == k ||    \
	 p[d].p_told == k)
#define IS_IN_SERVER                                                  \
	(newest == k || x.rev == k || x.owner_rev == k ||             \
	 x.born_rev == k || x.frev[0] == k || x.frev[1] == k ||       \
	 f[0].rev == k || f[1].rev == k || f[0].entered == k ||       \
	 f[1].entered == k || touched == k)

inline close_phone(d)
{
	CLOSE(p[d].rev);
	CLOSE(p[d].head);
	CLOSE(p[d].pos);
	CLOSE(p[d].s_head);
	CLOSE(p[d].s_pos);
	CLOSE(p[d].s_begun);
	CLOSE(p[d].p_rev);
	CLOSE(p[d].p_head);
	CLOSE(p[d].p_pos);
	CLOSE(p[d].p_told)
}

inline close_server()
{
	CLOSE(newest);
	CLOSE(x.rev);
	CLOSE(x.owner_rev);
	CLOSE(x.born_rev);
	CLOSE(x.frev[0]);
	CLOSE(x.frev[1]);
	CLOSE(f[0].rev);
	CLOSE(f[1].rev);
	CLOSE(f[0].entered);
	CLOSE(f[1].entered);
	CLOSE(touched);
	for (t : FIRST .. NUMBERS - 1) {
		CLOSE(m[t].base);
		CLOSE(m[t].rev)
	}
}

/*
 * What was answered is asked for no more than as a value that stands. A value
 * that a phone holds and that stands no more never will again.
 */
inline retire()
{
	for (t : FIRST .. NUMBERS - 1) {
		if
		:: m[t].op != 0 && m[t].seq <= p[m[t].device].acked &&
		   x.val[0] != t && x.val[1] != t && x.born != t ->
			m[t].op = 0;
			m[t].fields = 0;
			m[t].is_verbatim = 0;
			m[t].has_effect = 1;
			m[t].is_parked = 0
		:: else
		fi
	}
	for (i : 0 .. 1) {
		for (n : 0 .. 1) {
			if
			:: p[i].is_there && p[i].val[n] != x.val[n] ->
				p[i].val[n] = STALE
			:: else
			fi
		}
	}
	for (t : FIRST .. NUMBERS - 1) {
		for (n : 0 .. 1) {
			v = m[t].seen[n];
			if
			:: v != 0 && v != STALE && x.val[n] != v &&
			   m[v].has_effect ->
				m[t].seen[n] = STALE
			:: else
			fi
		}
	}
	n = 0
}

/*
 * Revisions that every head and every base has passed were long ago, all of
 * them; of a deleted record only its tombstone is asked for.
 */
inline level()
{
	for (i : 0 .. 1) {
		if
		:: f[i].op == PRESENT && f[i].entered <= p[i].head ->
			f[i].entered = 1
		:: else
		fi
	}
	if
	:: x.born >= FIRST && f[m[x.born].device].entered != x.born_rev ->
		x.born = 0;
		x.born_rev = 0
	:: else
	fi;
	if
	:: x.owner_rev <= p[0].head && x.owner_rev <= p[1].head &&
	   x.owner_rev > 1 ->
		x.owner_rev = 1
	:: else
	fi;
	k = newest; /* the least of what a field's revision is held against */
	for (i : 0 .. 1) {
		k = (p[i].head < k -> p[i].head : k);
		k = (p[i].is_there && p[i].rev < k -> p[i].rev : k)
	}
	for (t : FIRST .. NUMBERS - 1) {
		if
		:: m[t].op != 0 && m[t].seq > last_seq[m[t].device] &&
		   m[t].base < k ->
			k = m[t].base
		:: else
		fi
	}
	for (i : 0 .. 1) {
		if
		:: x.frev[i] > 1 && x.frev[i] <= k -> x.frev[i] = 1
		:: else
		fi
	}
#ifndef BUG_TOMBSTONE_OPEN
	if
	:: x.is_deleted ->
		x.born = 0;
		x.born_rev = 0;
		x.owner_rev = 1;
		for (i : 0 .. 1) {
			x.val[i] = 0;
			x.frev[i] = 1
		}
	:: else
	fi
#endif
}

inline close_gaps()
{
	level();
	retire();
	if
	:: touched <= p[0].pos && touched <= p[1].pos -> touched = 0
	:: else
	fi;
	k = 2;
	do
	:: k >= newest -> break
	:: else ->
		is_held = (IS_IN_SERVER || IS_IN_PHONE(0) || IS_IN_PHONE(1));
		for (t : FIRST .. NUMBERS - 1) {
			is_held = (is_held || m[t].base == k || m[t].rev == k)
		}
		if
		:: is_held -> k++
		:: else ->
			close_server();
			close_phone(0);
			close_phone(1)
		fi
	od;
	k = 0
}

#define TELL close_gaps()
#endif

#define EVENT(name, d) \
	printf("event "); \
	printf(name); \
	printf(" %d 0\n", d)
#define EVENT_WITH(name, d, with) \
	printf("event "); \
	printf(name); \
	printf(" %d %d\n", d, with)
