/* A lying server and what its clients notice: formats.md, sections 4, 11, 13 and 14.
 *
 * The server keeps one log for a vault and one for the directory, or rather as many of each as it
 * likes: it shows every client any entry it has, in any order, and leaves out what it wants. It
 * can't sign, so every entry is one that a client wrote. Hashes are perfect: the hash of a
 * history is the history itself, a number whose digits in base BASE are its entries.
 *
 * Each -DNO_… leaves one protection out; a run must then find an assertion broken. Each
 * -DWITNESS_… claims that something possible is not; a run must contradict it, which shows that
 * the model is not true for want of anything happening.
 */

/* Two scopes, because all at once is more than needs to be searched: two people with vault and
 * directory, or (-DSECOND_DEVICE) Anna's new device and her wallet beside the vault. */
#define ENTRIES 3
#define BASE (ENTRIES + 1)
#define DIRECTORY_ENTRIES 2
#define DIRECTORY_BASE (DIRECTORY_ENTRIES + 1)
#define SAVES 1

/* Clients. Anna has two devices, the second of which is new; Anna and Bert are administrators. */
#define ANNA 0
#define BERT 1
#define ANNAS_SECOND 2
#ifdef SECOND_DEVICE
#define CLIENTS 3
#else
#define CLIENTS 2
#endif
#define annas(c) ((c) != BERT)

/* What entry e of the vault says. `prev` is the author's own entry before it (0: none). */
byte made;
byte author[BASE];
byte prev[BASE];
byte seen[BASE];
byte directory_seen[BASE];
byte attested[BASE];

/* What entry e of the directory says. */
byte directory_made;
byte directory_author[DIRECTORY_BASE];
byte directory_prev[DIRECTORY_BASE];
byte directory_entry_seen[DIRECTORY_BASE];

/* What a client has verified and keeps. */
byte view[CLIENTS];
byte directory_view[CLIENTS];
byte own[CLIENTS];
byte directory_own[CLIENTS];
byte wallet[CLIENTS];
bool running[CLIENTS];
/* A client has noticed. The run ends here: what the others are shown without it, they are shown
 * as well in a run in which it was left alone. */
bool noticed;

/* Anna's wallet at the server, every version of it: the head in it. */
byte saved;
byte saved_head[SAVES + 1];
byte wallet_head;
/* Whether the new device has found the wallet's head in the log and may write. */
bool ready;

/* Whether history `p` is a beginning of history `v`. */
inline begins(p, v, base, answer) {
	t = v;
	do
	:: t == p -> answer = true; break
	:: t != p && t == 0 -> answer = false; break
	:: else -> t = t / base
	od
}

/* The newest entry of `who` in a history, 0 without one. */
inline newest_of(who, v, answer) {
	t = v;
	do
	:: t == 0 -> answer = 0; break
	:: t != 0 && author[t % BASE] == who -> answer = t % BASE; break
	:: else -> t = t / BASE
	od
}

inline newest_in_directory_of(who, v, answer) {
	t = v;
	do
	:: t == 0 -> answer = 0; break
	:: t != 0 && directory_author[t % DIRECTORY_BASE] == who ->
		answer = t % DIRECTORY_BASE; break
	:: else -> t = t / DIRECTORY_BASE
	od
}

/* A client writes an entry; the server has it now, and may never show it to anybody. */
inline write(c) {
	made++;
	author[made] = c;
	prev[made] = own[c];
	own[c] = made;
	seen[made] = view[c];
	directory_seen[made] = directory_view[c];
	attested[made] = wallet[c]
}

inline write_in_directory(c) {
	directory_made++;
	directory_author[directory_made] = c;
	directory_prev[directory_made] = directory_own[c];
	directory_own[c] = directory_made;
	directory_entry_seen[directory_made] = directory_view[c]
}

/* The server shows a client an entry as the next one of the vault. */
inline show_vault(c, e) {
	newest_of(author[e], view[c], last);
	good = (last == prev[e]);
#ifndef NO_SEEN
	begins(seen[e], view[c], BASE, answer);
	good = good && answer;
#endif
#ifndef NO_DIRECTORY
	begins(directory_seen[e], directory_view[c], DIRECTORY_BASE, answer);
	if
	:: !answer ->
		/* A client that is merely behind reads the directory first. */
		begins(directory_view[c], directory_seen[e], DIRECTORY_BASE, behind);
		good = good && behind
	:: else -> behind = false
	fi;
#else
	behind = false;
#endif
	if
	:: !good -> noticed = true
	:: good && behind -> skip
	:: else ->
		/* What is taken in was written by somebody who had seen what we have seen, in the
		 * vault and in the directory: no entry crosses a fork. */
		begins(seen[e], view[c], BASE, answer);
		assert(answer);
		begins(directory_seen[e], directory_view[c], DIRECTORY_BASE, answer);
		assert(answer);
		view[c] = view[c] * BASE + e
	fi
}

inline show_directory(c, e) {
	newest_in_directory_of(directory_author[e], directory_view[c], last);
	good = (last == directory_prev[e]);
#ifndef NO_SEEN
	begins(directory_entry_seen[e], directory_view[c], DIRECTORY_BASE, answer);
	good = good && answer;
#endif
	if
	:: !good -> noticed = true
	:: else ->
		begins(directory_entry_seen[e], directory_view[c], DIRECTORY_BASE, answer);
		assert(answer);
		directory_view[c] = directory_view[c] * DIRECTORY_BASE + e
	fi
}

/* A client starts anew, with nothing but its pinned head, and is shown what `other` has. */
inline restart(c, other) {
	begins(view[c], view[other], BASE, answer);
#ifdef NO_PIN
	good = true;
#else
	good = answer;
#endif
	if
	:: !good -> noticed = true
	:: else ->
		/* What was once verified is in every later history. */
		assert(answer);
		view[c] = view[other]
	fi
}

/* Two people compare safety numbers of the place where the shorter history ends. */
inline compare(c, other) {
	begins(view[c], view[other], BASE, answer);
	begins(view[other], view[c], BASE, behind);
#ifndef NO_COMPARISON
	if
	:: !answer && !behind -> noticed = true
	:: else -> skip
	fi;
#endif
	assert(noticed || answer || behind)
}

/* The new device gets a wallet of the server's choice. */
inline enrol(version) {
	running[ANNAS_SECOND] = true;
	wallet[ANNAS_SECOND] = version;
	wallet_head = saved_head[version]
}

/* The server says that this is all. Only now the new device trusts what it was shown. */
inline finish() {
	begins(wallet_head, view[ANNAS_SECOND], BASE, answer);
	good = true;
#ifndef NO_WALLET_HEAD
	good = good && answer;
#endif
	/* The newest wallet that Anna's devices attest in this history. */
	t = view[ANNAS_SECOND];
	last = 0;
	do
	:: t == 0 -> break
	:: else ->
		if
		:: annas(author[t % BASE]) && attested[t % BASE] > last -> last = attested[t % BASE]
		:: else -> skip
		fi;
		t = t / BASE
	od;
#ifndef NO_ATTESTED_WALLET
	good = good && wallet[ANNAS_SECOND] >= last;
#endif
	if
	:: !good -> noticed = true
	:: else ->
		assert(answer);
		assert(wallet[ANNAS_SECOND] >= last);
		ready = true
	fi
}

inline witnesses() {
#ifdef WITNESS_FORK
	/* "Nobody is ever kept apart unnoticed": but that the server can do, for ever. */
	begins(view[ANNA], view[BERT], BASE, answer);
	begins(view[BERT], view[ANNA], BASE, behind);
	assert(answer || behind || noticed);
#endif
#ifdef WITNESS_HONEST
	/* "All clients never have the same full log." */
#ifdef SECOND_DEVICE
	assert(!(ready && view[ANNA] == view[BERT] && view[BERT] == view[ANNAS_SECOND]
		&& view[ANNA] >= BASE * BASE && saved == SAVES
		&& author[1] == ANNA && author[2] == BERT && author[3] == ANNAS_SECOND));
#else
	assert(!(view[ANNA] == view[BERT] && view[ANNA] >= BASE * BASE
		&& author[1] == ANNA && author[2] == BERT && author[3] == ANNA
		&& directory_view[ANNA] >= DIRECTORY_BASE
		&& directory_view[ANNA] == directory_view[BERT]
		&& directory_author[1] != directory_author[2]));
#endif
#endif
	skip
}

init {
	byte c, other, e;
	byte t;
	byte last;
	bool good, answer, behind;

	running[ANNA] = true;
	running[BERT] = true;
	do
	:: noticed -> break
	:: atomic {
		!noticed && made < ENTRIES;
		select(c : 0 .. CLIENTS - 1);
		if
		:: running[c] && (c != ANNAS_SECOND || ready) -> write(c)
		:: else -> skip
		fi;
		c = 0
	}
	:: atomic {
		!noticed && made > 0;
		select(c : 0 .. CLIENTS - 1);
		select(e : 1 .. made);
		if
		:: running[c] -> show_vault(c, e)
		:: else -> skip
		fi;
		witnesses();
		c = 0; e = 0; t = 0; last = 0; good = false; answer = false; behind = false
	}
#ifndef SECOND_DEVICE
	:: atomic {
		!noticed && directory_made < DIRECTORY_ENTRIES;
		select(c : ANNA .. BERT);
		write_in_directory(c);
		c = 0
	}
	:: atomic {
		!noticed && directory_made > 0;
		select(c : 0 .. CLIENTS - 1);
		select(e : 1 .. directory_made);
		if
		:: running[c] -> show_directory(c, e)
		:: else -> skip
		fi;
		c = 0; e = 0; t = 0; last = 0; good = false; answer = false
	}
#endif
	:: atomic {
		!noticed;
		select(c : 0 .. CLIENTS - 1);
		select(other : 0 .. CLIENTS - 1);
		if
		:: running[c] && running[other] && c != other -> restart(c, other)
		:: else -> skip
		fi;
		c = 0; other = 0; t = 0; good = false; answer = false
	}
	:: atomic {
		!noticed;
		compare(ANNA, BERT);
		t = 0; answer = false; behind = false
	}
#ifdef SECOND_DEVICE
	:: atomic {
		!noticed && saved < SAVES;
		saved++;
		saved_head[saved] = view[ANNA];
		wallet[ANNA] = saved
	}
	:: atomic {
		!noticed && !running[ANNAS_SECOND];
		select(c : 0 .. saved);
		enrol(c);
		c = 0
	}
	:: atomic {
		!noticed && running[ANNAS_SECOND] && !ready;
		finish();
		witnesses();
		t = 0; last = 0; good = false; answer = false; behind = false
	}
#endif
	od
}
