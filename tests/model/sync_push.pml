/*
 * A part of sync.pml: the feeds, the rules by which the server takes a write,
 * and what a push is on both sides.
 */
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

#define PAGE_BEHIND(d, at) \
	(p[d].n_made - (at) > PAGE -> (at) + PAGE : p[d].n_made)

#ifdef BUG_TOLD_EARLY
#define TOLD_AHEAD(d) p[d].sent
#else
#define TOLD_AHEAD(d) p[d].acked
#endif

/* push.c, push_use_wait */
inline make_ready(d)
{
	p[d].ready = (p[d].n_made > p[d].sent -> PAGE_BEHIND(d, p[d].sent) : 0)
}

/* The push that was ready is on the line. */
inline note_ahead(d)
{
	p[d].c_first = p[d].sent + 1;
	p[d].c_last = p[d].ready;
	p[d].c_acked = TOLD_AHEAD(d)
}

/* sync.c, go_on: what waits first, and then what others did. */
inline send(d)
{
	if
	:: WAITS(d) ->
		p[d].line = PUSH;
		p[d].sent = PAGE_BEHIND(d, p[d].acked);
		p[d].told = p[d].acked;
		make_ready(d);
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
		p[d].sent = 0;
		p[d].told = 0
	fi
}
