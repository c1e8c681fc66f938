/*
 * The contract's tests, by the file that has them. Each gets a struct suite
 * with an open, empty, inline store as its state.
 */
#ifndef TESTS_STORE_CONTRACT_H
#define TESTS_STORE_CONTRACT_H

#define CONTRACT_TESTS(X)                     \
	/* contract_rows.c */                 \
	X(rows_create_and_get)                \
	X(rows_every_field_of_every_kind)     \
	X(rows_update_stamps_what_changed)    \
	X(rows_stale_base_is_aborted)         \
	X(rows_same_id_already_exists)        \
	X(rows_links_and_handles_follow)      \
	X(rows_big_record)                    \
	X(rows_some_at_once)                  \
	/* contract_log.c */                  \
	X(log_keeps_old_new_and_lost)         \
	X(log_history_pages)                  \
	X(log_vectors)                        \
	/* contract_chain.c */                \
	X(chain_from_anywhere)                \
	X(chain_is_deep)                      \
	X(chain_is_broken)                    \
	/* contract_feed.c */                 \
	X(feed_enter_leave_delete_undelete)   \
	X(feed_equals_model)                  \
	X(feed_three_hundred_scopes)          \
	X(feed_ends_with_its_numbers)         \
	X(feed_ends_with_its_lanes)           \
	/* contract_named.c */                \
	X(named_login)                        \
	X(named_login_refused_amid_others)    \
	X(named_teams_and_owned)              \
	X(named_meetings)                     \
	X(named_alerts)                       \
	/* contract_writer.c */               \
	X(writer_groups)                      \
	X(writer_failed_write_leaves_nothing) \
	X(writer_queue_is_bounded)            \
	X(writer_close_finishes)              \
	X(writer_commits_are_told)            \
	/* contract_identity.c */             \
	X(identity_passwords_and_tokens)      \
	X(identity_codes_and_devices)         \
	X(identity_devices_of_a_user)         \
	X(identity_replays)                   \
	X(identity_jobs)                      \
	X(identity_evidence)                  \
	X(identity_visits)                    \
	/* contract_search.c */               \
	X(search_follows)                     \
	X(search_narrows)                     \
	X(search_is_rolled_back)              \
	X(search_begins_anew)                 \
	X(search_equals_rows)

#define CONTRACT_DECLARE(name) void test_##name(void **state);
CONTRACT_TESTS(CONTRACT_DECLARE)
#undef CONTRACT_DECLARE

#endif
