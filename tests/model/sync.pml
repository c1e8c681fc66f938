/*
 * The sync protocol, small enough to be looked at in every order in which it
 * can happen: two phones, one record with two fields, a second record that
 * only takes up room in the feeds, and a desk that gives the record away and
 * back. docs/model.md says what stands for what.
 *
 * Owns the rules of docs/formats/sync.md and nothing else: values are numbers
 * of the mutations that wrote them, which give their clocks, too. A rule that a
 * BUG_ takes out is the one that the planted bug of that name breaks.
 *
 * With -DWALK each event prints a line, and the state after it another one:
 * tests/model/replay.c does the same with the real code and compares.
 *
 * Its rooms: sync_push.pml, sync_pull.pml, and sync_close.pml, which tells when
 * two states are one.
 */
#ifndef EDITS_0
#define EDITS_0 2 /* mutations that phone 0 may make */
#endif
#ifndef EDITS_1
#define EDITS_1 1
#endif
#ifndef MOVES
#define MOVES 2 /* away, and back */
#endif
#ifndef TOUCHES
#define TOUCHES 1
#endif
#ifndef CUTS
#define CUTS 1 /* lines cut, and batteries */
#endif
#ifndef PAGE
#define PAGE 9 /* mutations that a push takes */
#endif
#ifndef COPIES
#define COPIES 1 /* pushes that arrive once more */
#endif

#define FIRST	2 /* number of the first mutation that a phone makes */
#define NUMBERS (FIRST + EDITS_0 + EDITS_1)
#define DESK	2 /* where a device is asked for: none */
#define STALE	255

/* what a mutation does, what came of it, how a record stands in a scope */
#define CREATE	 1
#define SET	 2
#define DELETE	 3
#define APPLIED	 1
#define MERGED	 2
#define REJECTED 3
#define PRESENT	 1
#define LEFT	 2
#define DELETED	 3

/* The one call of a phone: what is on the line. */
#define NOTHING 0
#define PUSH	1 /* mutations, on their way up */
#define ANSWER	2 /* results, on their way down */
#define PULL	3 /* a cursor, on its way up */
#define STREAM	4 /* the server has the next page to make */
#define PAGE_DOWN 5 /* a page, on its way down */
#define HALF	6 /* of BUG_CURSOR_FIRST: the cursor stands, the rows don't */

typedef mutation {
	byte device, seq, op, fields, base;
	bit is_verbatim, is_kept, is_parked;
	bit has_effect;
	byte outcome, rev;
	byte merged[2];
	byte seen[2] /* what its phone had of the server's */
}

typedef feed {
	byte rev, entered, op
}

typedef record {
	bit is_there, is_deleted;
	bit is_0s; /* phone 0's user owns it; phone 1's user is a manager */
	byte rev, owner_rev, born, born_rev;
#ifdef BUG_OWN_BY_RECORD
	byte last;
#endif
	byte val[2], frev[2]
}

typedef phone {
	/* what is on its disk */
	bit is_there, is_in;
	byte val[2], rev;
	byte head, pos; /* the cursor; pos 0: none yet */
	byte acked, n_made;
	bit waits_create, waits_delete;
	/* what is on the line: mutations up to sent, and what its request said
	 * was answered; and the last of those that are ready to follow, 0: none */
	byte line, sent, told, ready;
	/* what the server has of its pull */
	byte s_head, s_pos, s_begun;
	bit s_is_new;
	/* the page on the line */
	bit p_is_x, p_is_whole, p_is_deleted, p_has_left, p_has_entered;
	bit p_is_head, p_tells_owner;
	byte p_fields, p_val[2], p_rev, p_head, p_pos, p_told;
	/* a push that may arrive once more */
	byte c_first, c_last, c_acked;
	/* for the properties: it was told the record's newest entry */
	bit is_told, was_gone
}

mutation m[NUMBERS];
record x;
feed f[2];	/* of x, in the scope that phone i follows */
byte touched;	/* the revision of the other record; 0: before the start */
byte newest = 1; /* revision 1 stands for all that was before the start */
byte last_seq[2];
phone p[2];

byte ahead; /* the phone whose clock is; DESK: neither's */
byte next = FIRST;
byte edits[2], moves = MOVES, touches = TOUCHES, cuts = CUTS, copies = COPIES;
bit is_made; /* somebody has made the record, or will */
/* The fields are alike until one was written alone: let it be the first. */
#ifdef WALK
bit is_apart = 1;
#else
bit is_apart;
#endif

/* Scratch of single steps. */
hidden byte base, seen, i, k, n, t, v, which, lost, groups, records;
hidden byte is_raised, is_held, is_news, is_full, is_own;

/* Of whose phone the clock is set ahead, further than all this takes. */
#define CLOCK(at) \
	((at) + ((at) >= FIRST && m[at].device == ahead -> NUMBERS : 0))
#define VISIBLE(d) (x.is_there && ((d) == 1 || x.is_0s))
#define WAITS(d)   (p[d].n_made > p[d].acked)
#define SHOWS(d) \
	((p[d].is_there || p[d].waits_create) && !p[d].waits_delete)
#define HAS(set, field) (((set) >> (field)) & 1)
#define BIT(field)	(1 << (field))

#include "sync_push.pml"
#include "sync_pull.pml"

/* -------------------------------------------------------------- properties */

/* Each edit that was answered took effect, or lies there for a person. */
inline check_answered(d)
{
	for (t : FIRST .. NUMBERS - 1) {
		if
		:: m[t].op != 0 && m[t].device == d ->
			assert(m[t].seq > p[d].acked ||
			       m[t].has_effect != m[t].is_parked)
		:: else
		fi
	}
}

/*
 * After each event of a phone. What its cursor covers it was told; what it was
 * told is gone doesn't come back; and where the cursor has reached the newest
 * revision and nothing waits, it has what the server would show it.
 */
inline check(d)
{
	assert(f[d].op == 0 || p[d].pos < f[d].rev || p[d].is_told);
	assert(!p[d].was_gone || !p[d].is_there || !x.is_deleted);
	assert(!x.is_deleted || f[1].op == DELETED);
	check_answered(d);
	if
	:: p[d].line == NOTHING && p[d].head == newest && !WAITS(d) ->
		assert(p[d].is_there == (VISIBLE(d) && !x.is_deleted));
		assert(!p[d].is_there || p[d].is_in);
		assert(!p[d].is_there || (p[d].val[0] == x.val[0] &&
					  p[d].val[1] == x.val[1]))
	:: else
	fi
}

#include "sync_close.pml"

/* ------------------------------------------------------------------ events */

inline note(d, what, set)
{
	m[next].device = d;
	m[next].op = what;
	m[next].fields = set;
	m[next].base = p[d].rev;
	m[next].seen[0] = p[d].val[0];
	m[next].seen[1] = p[d].val[1];
	p[d].n_made++;
	m[next].seq = p[d].n_made;
	next++;
	edits[d]--
}

inline edit(d, set)
{
	EVENT_WITH("edit", d, set);
	note(d, SET, set);
	is_apart = (is_apart || set == 1);
	TELL
}

inline begin_pull(d)
{
	p[d].s_head = p[d].head;
	p[d].s_pos = p[d].pos;
	p[d].s_begun = newest;
	p[d].s_is_new = (p[d].pos == 0);
	p[d].line = STREAM
}

inline cut_line(d)
{
	cuts--;
	end_call(d);
	check(d);
	TELL
}

/* The answer sent the next push off, and never took effect. */
inline die(d)
{
	if
	:: p[d].ready != 0 -> note_ahead(d)
	:: else
	fi;
	cuts--;
	end_call(d);
	check(d)
}

inline begin_push(d)
{
	if
	:: p[d].line == NOTHING -> send(d)
	:: else
	fi
}

#ifdef BUG_OUTBOX_EARLY
#define PUSH_FIRST(d) p[d].c_first
#define PUSH_ACKED(d) p[d].c_first - 1
#else
#define PUSH_FIRST(d) p[d].acked + 1
#define PUSH_ACKED(d) p[d].told
#endif

inline serve(d)
{
	serve_push(d, (PUSH_FIRST(d)), p[d].sent, (PUSH_ACKED(d)), 1);
	p[d].told = 0
}

/*
 * sync_hear.c, hear_pushed: what is ready goes first, and then the answer
 * takes effect.
 */
inline answer(d)
{
	if
	:: p[d].ready != 0 && copies > 0 -> note_ahead(d)
	:: else
	fi;
	p[d].told = TOLD_AHEAD(d);
	settle(d);
	check(d);
	if
	:: p[d].ready != 0 ->
		p[d].line = PUSH;
		p[d].sent = p[d].ready;
		make_ready(d)
	:: else -> send(d)
	fi
}

/* The phone asks, or goes on: mutations first. */
#define MAY_SYNC(d) \
	(p[d].line == NOTHING && (WAITS(d) || p[d].head < newest))

#define MAY_PUSH(d) (p[d].line == PUSH || (MAY_SYNC(d) && WAITS(d)))

/* A walk is dull once the record is gone: that comes late. */
#ifdef WALK
#define MAY_END (next + 3 > NUMBERS)
#else
#define MAY_END 1
#endif

#define BY_HAND(d)                                           \
	:: d_step { edits[d] > 0 && SHOWS(d) -> edit(d, 1) } \
	:: d_step { edits[d] > 0 && SHOWS(d) && is_apart ->  \
		edit(d, 2) }                                 \
	:: d_step { edits[d] > 0 && SHOWS(d) -> edit(d, 3) } \
	:: d_step { edits[d] > 0 && SHOWS(d) && MAY_END ->   \
		EVENT("delete", d);                          \
		note(d, DELETE, 0);                          \
		p[d].waits_delete = 1;                       \
		TELL }

#define BY_NETWORK(d)                                                      \
	:: d_step { p[d].line == PULL ->                                   \
		EVENT("pull", d);                                          \
		begin_pull(d);                                             \
		TELL }                                                     \
	:: d_step { p[d].line == HALF ->                                   \
		take_record(d);                                            \
		after_page(d);                                             \
		check(d) }                                                 \
	:: d_step { p[d].line != NOTHING && cuts > 0 ->                    \
		EVENT("cut", d);                                           \
		cut_line(d) }                                              \
	:: d_step { p[d].c_last != 0 && copies > 0 ->                      \
		EVENT("copy", d);                                          \
		serve_push(d, p[d].c_first, p[d].c_last, p[d].c_acked, 0); \
		copies--;                                                  \
		p[d].c_last = 0;                                           \
		p[d].c_first = 0;                                          \
		p[d].c_acked = 0;                                          \
		TELL }

#ifdef FINE
/* Each message is on its way for as long as it likes. */
#define PHONE(d)                                                           \
	BY_HAND(d)                                                         \
	BY_NETWORK(d)                                                      \
	:: d_step { MAY_SYNC(d) ->                                         \
		EVENT("sync", d);                                          \
		send(d);                                                   \
		TELL }                                                     \
	:: d_step { p[d].line == PUSH ->                                   \
		EVENT("push", d);                                          \
		serve(d);                                                  \
		p[d].line = ANSWER;                                        \
		TELL }                                                     \
	:: d_step { p[d].line == ANSWER ->                                 \
		EVENT("answer", d);                                        \
		answer(d);                                                 \
		TELL }                                                     \
	:: d_step { p[d].line == ANSWER && p[d].ready != 0 && cuts > 0 &&  \
		copies > 0 ->                                              \
		EVENT("die", d);                                           \
		die(d);                                                    \
		TELL }                                                     \
	:: d_step { p[d].line == STREAM ->                                 \
		EVENT("page", d);                                          \
		make_page(d);                                              \
		p[d].line = PAGE_DOWN;                                     \
		TELL }                                                     \
	:: d_step { p[d].line == PAGE_DOWN ->                              \
		EVENT("take", d);                                          \
		TAKE(d);                                                   \
		TELL }
#else
/*
 * What happens between a message's beginning and its end commutes with one of
 * them: the server doesn't see the phone's disk, the phone not the server's,
 * and one call is under way. So a message is one step, and a cut takes either
 * the request or the answer. A push that was ready is on its way until it
 * arrives: what it has was settled before.
 */
#define PHONE(d)                                                           \
	BY_HAND(d)                                                         \
	BY_NETWORK(d)                                                      \
	:: d_step { MAY_SYNC(d) && !WAITS(d) ->                            \
		EVENT("sync", d);                                          \
		send(d);                                                   \
		TELL }                                                     \
	:: d_step { MAY_PUSH(d) ->                                         \
		EVENT("push and answer", d);                               \
		begin_push(d);                                             \
		serve(d);                                                  \
		answer(d);                                                 \
		TELL }                                                     \
	:: d_step { MAY_PUSH(d) && cuts > 0 ->                             \
		EVENT("push and cut", d);                                  \
		begin_push(d);                                             \
		serve(d);                                                  \
		cut_line(d) }                                              \
	:: d_step { MAY_PUSH(d) && cuts > 0 && copies > 0 ->               \
		EVENT("push and die", d);                                  \
		begin_push(d);                                             \
		serve(d);                                                  \
		die(d);                                                    \
		TELL }                                                     \
	:: d_step { MAY_SYNC(d) && WAITS(d) && cuts > 0 ->                 \
		EVENT("push lost", d);                                     \
		send(d);                                                   \
		cut_line(d) }                                              \
	:: d_step { p[d].line == STREAM ->                                 \
		EVENT("page and take", d);                                 \
		make_page(d);                                              \
		TAKE(d);                                                   \
		TELL }
#endif

#ifdef BUG_CURSOR_FIRST
#define TAKE(d)         \
	take_cursor(d); \
	p[d].line = HALF
#else
#define TAKE(d)         \
	take_record(d); \
	take_cursor(d); \
	after_page(d);  \
	check(d)
#endif

init {
	d_step {
		edits[0] = EDITS_0;
		edits[1] = EDITS_1;
		m[0].device = DESK;
		m[1].device = DESK
	}
	if
	:: d_step { EVENT("ahead", 0); ahead = 0 }
	:: d_step { EVENT("ahead", 1); ahead = 1 }
	:: d_step { EVENT("ahead", DESK); ahead = DESK }
	fi;
	/* Both have what was before the start, or neither has anything. */
	if
	:: d_step {
		EVENT("synced", 1);
		for (i : 0 .. 1) {
			p[i].head = 1;
			p[i].pos = 1
		}
	   }
	:: d_step { EVENT("fresh", 1) }
	fi;
	d_step { TELL }
	do
	:: d_step { !is_made ->
		EVENT("make", DESK);
		is_made = 1;
		newest++;
		x.is_there = 1;
		x.is_0s = 1;
		x.owner_rev = newest;
		for (i : 0 .. 1) {
			x.val[i] = 1;
			x.frev[i] = newest
		}
		written();
		TELL }
	:: d_step { !is_made && edits[0] > 0 ->
		EVENT("create", 0);
		is_made = 1;
		note(0, CREATE, 3);
		p[0].waits_create = 1;
		TELL }
	:: d_step { moves > 0 && x.is_there && !x.is_deleted ->
		EVENT("move", DESK);
		moves--;
		newest++;
		x.is_0s = !x.is_0s;
		x.owner_rev = newest;
		note_writer(1);
		if
		:: !x.is_0s ->
			leave(0, LEFT)
		:: else
		fi;
		written();
		TELL }
	:: d_step { touches > 0 ->
		EVENT("touch", DESK);
		touches--;
		newest++;
		touched = newest;
		TELL }
	PHONE(0)
	PHONE(1)
	:: else -> break
	od;
	/* Nothing more can happen: everything has arrived. */
	assert(p[0].line == NOTHING && !WAITS(0) && p[0].head == newest);
	assert(p[1].line == NOTHING && !WAITS(1) && p[1].head == newest)
}
