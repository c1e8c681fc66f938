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
#define PAGE	5 /* a page, on its way down */
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
	/* what is on the line */
	byte line, sent;
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

/* ------------------------------------------------------- the server's feeds */

inline enter(scope)
{
	if
	:: f[scope].op != PRESENT ->
#ifdef BUG_ENTERED_KEPT
		if
		:: f[scope].op == 0 -> f[scope].entered = newest
		:: else
		fi;
#else
		f[scope].entered = newest;
#endif
		f[scope].op = PRESENT
	:: else
	fi;
	f[scope].rev = newest;
	p[scope].is_told = 0
}

/* What it was when it entered is asked of what is present alone. */
inline leave(scope, how)
{
	f[scope].op = how;
	f[scope].rev = newest;
#ifndef BUG_ENTERED_KEPT
	f[scope].entered = 0;
#endif
	p[scope].is_told = 0
}

inline note_writer(writer)
{
#ifdef BUG_OWN_BY_RECORD
	x.last = writer
#else
	skip
#endif
}

/* The record was written: it has a new revision in each scope it lies in. */
inline written()
{
	x.rev = newest;
	if
	:: x.is_0s -> enter(0)
	:: else
	fi;
	enter(1)
}

/* ------------------------------------------------------------ write_record */

/* sync_push.c, raise_base: what the same outbox wrote, its author had seen. */
inline raise_base(d)
{
	base = m[t].base;
	if
	:: base == 0 -> base = 1
	:: else
	fi;
	seen = base;
	is_raised = 1;
	for (i : 0 .. 1) {
		v = x.val[i];
		if
		:: HAS(m[t].fields, i) && x.frev[i] > base ->
			if
			:: v >= FIRST && m[v].device == d &&
			   m[v].is_verbatim && m[v].seq < m[t].seq ->
				if
				:: x.frev[i] > seen -> seen = x.frev[i]
				:: else
				fi
			:: else -> is_raised = 0
			fi
		:: else
		fi
	}
	if
	:: is_raised -> base = seen
	:: else
	fi
}

inline takes_effect()
{
	assert(!m[t].has_effect);
	m[t].has_effect = 1
}

inline write_create()
{
	newest++;
	x.is_there = 1;
	x.is_0s = 1;
	x.born = t;
	x.born_rev = newest;
	x.owner_rev = newest;
	note_writer(t);
	for (i : 0 .. 1) {
		x.val[i] = t;
		x.frev[i] = newest
	}
	written();
	takes_effect();
	m[t].is_verbatim = 1;
	m[t].outcome = APPLIED;
	m[t].rev = newest
}

/* model/merge.c: what is above the base and later stays. */
inline write_set(d)
{
	raise_base(d);
	newest++;
	lost = 0;
	for (i : 0 .. 1) {
		if
		:: HAS(m[t].fields, i) ->
			if
			:: x.frev[i] > base && CLOCK(x.val[i]) > CLOCK(t) ->
				lost = lost | BIT(i)
			:: else ->
				/* never over what is later and was not seen */
				assert(CLOCK(x.val[i]) < CLOCK(t) ||
				       x.val[i] == m[t].seen[i]);
				x.val[i] = t;
				x.frev[i] = newest
			fi
		:: else
		fi
	}
	note_writer(t);
	written();
	takes_effect();
	m[t].is_verbatim = (lost == 0);
	m[t].rev = newest;
	m[t].outcome = (lost == 0 -> APPLIED : MERGED);
	for (i : 0 .. 1) {
		m[t].merged[i] = (HAS(lost, i) -> x.val[i] : 0)
	}
}

inline write_delete()
{
	newest++;
	x.is_deleted = 1;
	x.rev = newest;
	note_writer(t);
	for (i : 0 .. 1) {
		if
		:: i == 1 || x.is_0s ->
			leave(i, DELETED)
		:: else
		fi
	}
	takes_effect();
	m[t].is_verbatim = 1;
	m[t].outcome = APPLIED;
	m[t].rev = newest
}

inline write_record(d)
{
	if
	:: m[t].op == CREATE -> write_create()
	:: m[t].op != CREATE && !VISIBLE(d) -> m[t].outcome = REJECTED
	:: m[t].op == DELETE && VISIBLE(d) && x.is_deleted ->
		/* both have what they wanted */
		takes_effect();
		m[t].outcome = APPLIED;
		m[t].rev = x.rev
	:: m[t].op == DELETE && VISIBLE(d) && !x.is_deleted -> write_delete()
	:: m[t].op == SET && VISIBLE(d) && x.is_deleted ->
#ifdef BUG_TOMBSTONE_OPEN
		x.is_deleted = 0;
		write_set(d)
#else
		m[t].outcome = REJECTED
#endif
	:: m[t].op == SET && VISIBLE(d) && !x.is_deleted -> write_set(d)
	fi
}

/* -------------------------------------------------------------------- push */

inline find(d, seq_of)
{
	t = FIRST;
	do
	:: m[t].device == d && m[t].seq == seq_of -> break
	:: else -> t++
	od
}

/* Answers of numbers up to acked are forgotten, but for the newest one. */
inline forget(d, up_to)
{
	for (t : FIRST .. NUMBERS - 1) {
		if
		:: m[t].device == d && m[t].seq <= up_to &&
		   m[t].seq < last_seq[d] ->
			m[t].is_kept = 0
		:: else
		fi
	}
}

/* honest 0: a copy that nobody waits for; it may come to nothing. */
inline serve_push(d, first, last, acked_of, honest)
{
	if
	:: first <= last_seq[d] + 1 && acked_of <= last_seq[d] ->
		forget(d, acked_of);
		n = first;
		do
		:: n > last -> break
		:: else ->
			find(d, n);
			if
			:: n > last_seq[d] ->
				write_record(d);
				m[t].base = 0;
				m[t].seen[0] = 0;
				m[t].seen[1] = 0;
				m[t].is_kept = 1;
				last_seq[d] = n
			:: n <= last_seq[d] ->
#ifdef BUG_KEYS_FORGOTTEN
				write_record(d)
#else
				/* the kept answer again, or RESTORED_BACKUP */
				assert(!honest || m[t].is_kept)
#endif
			fi;
			n++
		od
	:: else -> assert(!honest) /* GAP */
	fi
}

/* mobile-core push.c, settle_card */
inline settle_card(d)
{
	if
	:: m[t].op == DELETE ->
		p[d].is_there = 0;
		p[d].is_in = 0;
		p[d].val[0] = 0;
		p[d].val[1] = 0;
		p[d].rev = 0;
		p[d].was_gone = 1
	:: m[t].op == CREATE && !p[d].is_there ->
		p[d].is_there = 1;
		p[d].rev = m[t].rev;
		p[d].val[0] = t;
		p[d].val[1] = t
	:: m[t].op == SET && p[d].is_there && p[d].rev < m[t].rev ->
		for (i : 0 .. 1) {
			if
			:: m[t].merged[i] != 0 -> p[d].val[i] = m[t].merged[i]
			:: m[t].merged[i] == 0 && HAS(m[t].fields, i) ->
				p[d].val[i] = t
			:: else
			fi
		}
#ifdef BUG_ANSWER_RAISES_REV
		;
		p[d].rev = m[t].rev
#endif
	:: else
	fi
}

/* One transaction: cards, outbox, acked_seq. */
inline settle(d)
{
	n = p[d].acked + 1;
#ifdef BUG_OUTBOX_EARLY
	n = p[d].c_first;
#endif
	do
	:: n > p[d].sent -> break
	:: else ->
		find(d, n);
		if
		:: m[t].outcome == REJECTED -> m[t].is_parked = 1
		:: else -> settle_card(d)
		fi;
		if
		:: m[t].op == CREATE -> p[d].waits_create = 0
		:: m[t].op == DELETE -> p[d].waits_delete = 0
		:: else
		fi;
		/* nobody asks any more */
		m[t].rev = 0;
		m[t].merged[0] = 0;
		m[t].merged[1] = 0;
		m[t].outcome = 0;
		m[t].is_kept = 0;
		n++
	od;
	p[d].acked = p[d].sent
}

/* sync.c, go_on: what waits first, and then what others did. */
inline send(d)
{
	if
	:: WAITS(d) ->
		p[d].line = PUSH;
		p[d].sent = p[d].n_made;
		if
		:: copies > 0 ->
			p[d].c_first = p[d].acked + 1;
			p[d].c_last = p[d].sent;
			p[d].c_acked = p[d].acked
		:: else
		fi;
#ifdef BUG_OUTBOX_EARLY
		p[d].c_first = p[d].acked + 1;
		p[d].acked = p[d].sent;
#endif
	:: else ->
		p[d].line = PULL;
		p[d].sent = 0
	fi
}

/* -------------------------------------------------------------------- pull */

/* Was the change that gave value v its place written here, and is it known? */
inline look_up_own(d)
{
#ifdef BUG_OWN_BY_RECORD
	v = x.last;
#endif
	is_own = (v >= FIRST && m[v].device == d && m[v].is_verbatim &&
		  m[v].seq <= p[d].acked)
}

/* sync_record.c, write_fields, of a record that the caller sees. */
inline describe_present(d)
{
	base = 0;
#ifdef BUG_CURSOR_IS_BASE
	is_held = (f[d].entered <= p[d].s_pos);
	base = (is_held -> p[d].s_pos : 0);
#else
	is_held = (f[d].entered <= p[d].s_head);
	base = (is_held -> p[d].s_head : 0);
#endif
	if
	:: !is_held && p[d].s_head > 0 && x.born >= FIRST &&
	   m[x.born].device == d && m[x.born].seq <= p[d].acked &&
	   f[d].entered == x.born_rev ->
		is_held = 1
	:: else
	fi;
	p[d].p_is_whole = !is_held;
	p[d].p_has_entered = (f[d].entered > p[d].s_head);
	p[d].p_tells_owner = (!is_held || x.owner_rev > base);
	p[d].p_rev = x.rev;
	for (i : 0 .. 1) {
		v = x.val[i];
		is_own = 0;
		if
		:: is_held && x.frev[i] > base -> look_up_own(d)
		:: else
		fi;
		if
		:: !is_held || (x.frev[i] > base && !is_own) ->
			p[d].p_fields = p[d].p_fields | BIT(i);
			p[d].p_val[i] = x.val[i]
		:: else
		fi
	}
}

/* sync_record.c, sync_record_describe */
inline describe(d)
{
	is_news = (f[d].op == PRESENT || !p[d].s_is_new ||
		   f[d].rev > p[d].s_begun || p[d].acked > 0);
#ifdef BUG_REMOVE_LOST
	is_news = (is_news && f[d].op != LEFT);
#endif
	p[d].p_told = f[d].rev;
	if
	:: is_news && f[d].op == PRESENT ->
		p[d].p_is_x = 1;
		describe_present(d)
	:: is_news && f[d].op == LEFT ->
		p[d].p_is_x = 1;
		p[d].p_has_left = 1;
		p[d].p_rev = f[d].rev
	:: is_news && f[d].op == DELETED ->
		p[d].p_is_x = 1;
		p[d].p_is_deleted = 1
	:: else
	fi
}

/*
 * sync_pull.c, fill_page with one record a page: what comes next in the order
 * of revisions, and a look at what follows. which: 0 what was before the
 * start, 1 the record, 2 the other one.
 */
inline next_group(d)
{
	k = 0;
	which = 3;
	if
	:: p[d].s_pos < 1 -> which = 0; k = 1
	:: else
	fi;
	if
	:: f[d].op != 0 && f[d].rev > p[d].s_pos &&
	   (which == 3 || f[d].rev < k) ->
		which = 1;
		k = f[d].rev
	:: else
	fi;
	if
	:: touched > p[d].s_pos && (which == 3 || touched < k) ->
		which = 2;
		k = touched
	:: else
	fi
}

inline make_page(d)
{
	groups = 0;
	records = 0;
	is_full = 0;
	do
	:: groups < 2 && !is_full ->
		next_group(d);
		if
		:: which == 3 -> break
		:: which != 3 && records == 1 -> is_full = 1
		:: which != 3 && records == 0 ->
			is_news = 1;
			if
			:: which == 1 -> describe(d)
			:: else
			fi;
			records = is_news;
			groups++;
			p[d].s_pos = k
		fi
	:: else -> break
	od;
	p[d].p_is_head = (!is_full && groups <= 1);
	if
	:: p[d].p_is_head ->
		p[d].s_head = newest;
		p[d].s_pos = newest
	:: else
	fi;
	p[d].p_head = p[d].s_head;
	p[d].p_pos = p[d].s_pos
}

/* mobile-core pull.c, apply */
inline take_record(d)
{
	if
	:: p[d].p_is_x && p[d].p_is_deleted ->
		p[d].is_there = 0;
		p[d].was_gone = 1
	:: p[d].p_is_x && !p[d].p_is_deleted && !p[d].is_there &&
	   !p[d].p_is_whole && p[d].p_fields == 0 &&
	   !p[d].p_tells_owner && !p[d].p_has_entered
	:: p[d].p_is_x && !p[d].p_is_deleted &&
	   (p[d].is_there || p[d].p_is_whole || p[d].p_fields != 0 ||
	    p[d].p_tells_owner || p[d].p_has_entered) ->
		/* a delta of what the phone hasn't: it would begin anew */
		assert(p[d].is_there || p[d].p_is_whole);
		p[d].is_there = 1;
		for (i : 0 .. 1) {
			if
			:: HAS(p[d].p_fields, i) ->
				p[d].val[i] = p[d].p_val[i]
			:: else
			fi
		}
		if
		:: p[d].p_has_left -> p[d].is_in = 0
		:: else
		fi;
		if
		:: p[d].p_has_entered -> p[d].is_in = 1
		:: else
		fi;
		if
		:: p[d].p_rev > p[d].rev -> p[d].rev = p[d].p_rev
		:: else
		fi;
		p[d].is_there = (p[d].is_in || !p[d].p_has_left)
	:: else
	fi;
	if
	:: !p[d].is_there ->
		p[d].is_in = 0;
		p[d].val[0] = 0;
		p[d].val[1] = 0;
		p[d].rev = 0
	:: else
	fi;
	if
	:: p[d].p_told != 0 && p[d].p_told == f[d].rev -> p[d].is_told = 1
	:: else
	fi
}

inline take_cursor(d)
{
	assert(p[d].p_head >= p[d].head && p[d].p_pos >= p[d].pos);
	p[d].head = p[d].p_head;
	p[d].pos = p[d].p_pos
}

inline forget_page(d)
{
	p[d].p_is_x = 0;
	p[d].p_is_whole = 0;
	p[d].p_is_deleted = 0;
	p[d].p_has_left = 0;
	p[d].p_has_entered = 0;
	p[d].p_tells_owner = 0;
	p[d].p_fields = 0;
	p[d].p_val[0] = 0;
	p[d].p_val[1] = 0;
	p[d].p_rev = 0;
	p[d].p_head = 0;
	p[d].p_pos = 0;
	p[d].p_told = 0;
	p[d].p_is_head = 0
}

inline end_call(d)
{
	p[d].line = NOTHING;
	p[d].sent = 0;
	p[d].s_head = 0;
	p[d].s_pos = 0;
	p[d].s_begun = 0;
	p[d].s_is_new = 0;
	forget_page(d)
}

inline after_page(d)
{
	if
	:: p[d].p_is_head -> end_call(d)
	:: else ->
		p[d].line = STREAM;
		forget_page(d)
	fi
}

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

/* The phone asks, or goes on: mutations first. */
#define MAY_SYNC(d) \
	(p[d].line == NOTHING && (WAITS(d) || p[d].head < newest))

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
		serve_push(d, (PUSH_FIRST(d)), p[d].sent, (PUSH_ACKED(d)), \
			   1);                                             \
		p[d].line = ANSWER;                                        \
		TELL }                                                     \
	:: d_step { p[d].line == ANSWER ->                                 \
		EVENT("answer", d);                                        \
		settle(d);                                                 \
		check(d);                                                  \
		send(d);                                                   \
		TELL }                                                     \
	:: d_step { p[d].line == STREAM ->                                 \
		EVENT("page", d);                                          \
		make_page(d);                                              \
		p[d].line = PAGE;                                          \
		TELL }                                                     \
	:: d_step { p[d].line == PAGE ->                                   \
		EVENT("take", d);                                          \
		TAKE(d);                                                   \
		TELL }
#else
/*
 * What happens between a message's beginning and its end commutes with one of
 * them: the server doesn't see the phone's disk, the phone not the server's,
 * and one call is under way. So a message is one step, and a cut takes either
 * the request or the answer.
 */
#define PHONE(d)                                                           \
	BY_HAND(d)                                                         \
	BY_NETWORK(d)                                                      \
	:: d_step { MAY_SYNC(d) && !WAITS(d) ->                            \
		EVENT("sync", d);                                          \
		send(d);                                                   \
		TELL }                                                     \
	:: d_step { MAY_SYNC(d) && WAITS(d) ->                             \
		EVENT("push and answer", d);                               \
		send(d);                                                   \
		serve_push(d, (PUSH_FIRST(d)), p[d].sent, (PUSH_ACKED(d)), \
			   1);                                             \
		settle(d);                                                 \
		check(d);                                                  \
		send(d);                                                   \
		TELL }                                                     \
	:: d_step { MAY_SYNC(d) && WAITS(d) && cuts > 0 ->                 \
		EVENT("push and cut", d);                                  \
		send(d);                                                   \
		serve_push(d, (PUSH_FIRST(d)), p[d].sent, (PUSH_ACKED(d)), \
			   1);                                             \
		cut_line(d) }                                              \
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

#ifdef BUG_OUTBOX_EARLY
#define PUSH_FIRST(d) p[d].c_first
#define PUSH_ACKED(d) p[d].c_first - 1
#else
#define PUSH_FIRST(d) p[d].acked + 1
#define PUSH_ACKED(d) p[d].acked
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
