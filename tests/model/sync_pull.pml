/*
 * A part of sync.pml: the pages of a pull, as the server makes and the phone
 * takes them.
 */
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
	p[d].told = 0;
	p[d].ready = 0;
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
