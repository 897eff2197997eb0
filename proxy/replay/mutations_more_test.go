package replay_test

// These mutations were written after those of the other files: what replay made of every response
// that was left out or sent twice, and of every number that was one higher, suggested them.

var moreOfIMAP2 = []mutation{
	{"bye-twice", status, `LOGOUT`, `RFC 1176, "Responses": BYE, p. 20`,
		"says BYE twice", harmless, twice(`BYE`)},
	{"expunge-other-way", mailbox, `EXPUNGE`, `RFC 1176, "Commands": EXPUNGE, p. 13: numbers shift`,
		"removes the second of two messages first", harmless, sub(`3 EXPUNGE`, "4 EXPUNGE")},
	{"select-exists-more", mailbox, `SELECT archive`, `RFC 1176, "Responses": EXISTS, p. 18`,
		"has a message more", normal, sub(`8 EXISTS`, "9 EXISTS")},
	{"check-exists-more", mailbox, `CHECK`, `RFC 1176, "Commands": CHECK, p. 13`,
		"has a message more", normal, sub(`9 EXISTS`, "10 EXISTS")},
}

var moreOfIMAP4 = []mutation{
	{"status-unseen-more", mailbox, `STATUS INBOX`, `RFC 3501, section 6.3.10, p. 45`,
		"has a message as unseen that is not new", fault, sub(`UNSEEN 6`, "UNSEEN 7")},
	{"status-messages-more", mailbox, `STATUS archive`, `RFC 3501, section 6.3.10, p. 45`,
		"counts a message that is not there", fault, sub(`MESSAGES 5`, "MESSAGES 6")},
	{"uid-not-asked-for", numbers, `FETCH 3 BODY`, `RFC 3501, section 6.4.5, p. 54`,
		"does not send a UID that was not asked for", harmless, sub(`UID 3 `, "")},
	{"size-not-asked-for", message, `UID FETCH 1:\* \(FLAGS\)`, `RFC 3501, section 7, p. 63: unilateral data`,
		"sends a size that was not asked for", harmless, sub(`FLAGS \(\)`, "FLAGS () RFC822.SIZE 207")},
	{"size-not-asked-for-wrong", message, `UID FETCH 1:\* \(FLAGS\)`, `RFC 3501, section 2.3.4, p. 12`,
		"sends another size than before", fault, sub(`FLAGS \(\)`, "FLAGS () RFC822.SIZE 208")},
	{"uidnext-higher", numbers, `SELECT INBOX`, `RFC 3501, section 2.3.1.1, p. 9: strictly ascending, not contiguous`,
		"will give the next message a higher UID", normal, sub(`UIDNEXT 7`, "UIDNEXT 8")},
}

var moreOfExtensions = []mutation{
	{"uid-sort-other", searches, `UID SORT`, `RFC 5256, section 4, p. 13`,
		"sends the UID of no message", fault, sub(`\b6\b`, "7")},
	{"vanished-twice", mailbox, `UID EXPUNGE`, `RFC 7162, section 3.2.10, p. 36`,
		"reports removed messages twice", harmless, twice(`VANISHED`)},
	{"capability-not-asked-for", status, `LOGIN`, `RFC 3501, section 7.2.1, p. 69: MAY`,
		"does not send its capabilities after the login", harmless, drop(`CAPABILITY`)},
	{"list-status-unseen-more", names, `LIST "" \* RETURN`, `RFC 5819, section 2, p. 2`,
		"has a message as unseen that is not new", fault, sub(`UNSEEN 6`, "UNSEEN 7")},
}
