# shellcheck shell=bash
# What the demonstration and tests share: a firm behind a real server on the
# demonstration's clock, and agents with homes in $work. Wants $bin, $work;
# keeps $server_pid and $listen.
# shellcheck disable=SC2154

listen=127.0.0.1:0

agent() { # HOME COMMAND...
	local home=$work/$1
	shift
	"$bin/outrider" "$@" --home "$home" --pin-file "$work/pin" --demo-clock "$work/clock"
}

# The clock: eight bytes, microseconds since 1970.
agent_clock() { # TIME
	local us=$(($(date -u -d "$1" +%s) * 1000000)) bytes='' i
	for i in 0 8 16 24 32 40 48 56; do
		bytes+=$(printf '\\x%02x' $(((us >> i) & 255)))
	done
	# shellcheck disable=SC2059
	printf "$bytes" 1<>"$work/clock" # both programs have it mapped: never shorter
}
agent_clock_s() { echo $(($(od -An -td8 "$work/clock") / 1000000)); }

# Starts the server, on the same port after the first time.
agent_server() {
	: >"$work/server.out"
	"$bin/outriderd" serve --db "$work/firm.db" --listen "$listen" --demo-clock "$work/clock" \
		>"$work/server.out" 2>>"$work/server.log" &
	server_pid=$!
	local i
	for ((i = 0; i < 200; i++)); do
		listen=$(sed -n 's/.*listening on \([^ ]*\).*/\1/p' "$work/server.out")
		[ -z "$listen" ] || return 0
		kill -0 $server_pid 2>/dev/null || break
		sleep 0.05
	done
	tail -n 3 "$work/server.log" >&2
	return 1
}

# A new firm, its server, and the administrator's device in home "admin".
agent_firm() {
	(umask 077 && echo 2468 >"$work/pin" && head -c 18 /dev/urandom | base64 >"$work/password")
	"$bin/outriderd" init --db "$work/firm.db" --admin admin --password-file "$work/password" >>"$work/agent.log" 2>&1
	agent_server
	agent admin enroll --login admin --password-file "$work/password" --server "$listen" --plaintext >>"$work/agent.log" 2>&1
}

# A user with that login name and rank, and a device in the home of that name.
agent_hire() { # LOGIN RANK [FIELD=VALUE...]
	local login=$1 rank=$2 code
	shift 2
	agent admin new user display_name="$login" login_name="$login" rank="$rank" "$@" >>"$work/agent.log" 2>&1
	agent admin sync >>"$work/agent.log" 2>&1
	code=$(agent admin invite "$login" --json 2>>"$work/agent.log" | jq -r .code)
	agent "$login" enroll "$code" --server "$listen" --plaintext >>"$work/agent.log" 2>&1
}
