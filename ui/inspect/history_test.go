package inspect

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/capture/pcap/pcaptest"
	"imapscope/decode/decodetest"
	"imapscope/ui/inspect/panes"
)

// shared is two sessions of one user, who have the same mailbox selected, and a third one
// later, when UIDVALIDITY is another one.
const shared = `1 S: * OK IMAP4rev1 ready
1 C: a LOGIN fred opensesame
1 S: a OK
1 C: b SELECT INBOX
1 S: * FLAGS (\Seen \Flagged \Deleted)
1 S: * 3 EXISTS
1 S: * 0 RECENT
1 S: * OK [UIDVALIDITY 5] x
1 S: * OK [UIDNEXT 20] x
1 S: b OK [READ-WRITE] x
2 S: * OK IMAP4rev1 ready
2 C: a LOGIN fred opensesame
2 S: a OK
2 C: b SELECT INBOX
2 S: * FLAGS (\Seen \Flagged \Deleted)
2 S: * 3 EXISTS
2 S: * 0 RECENT
2 S: * OK [UIDVALIDITY 5] x
2 S: * OK [UIDNEXT 20] x
2 S: b OK [READ-WRITE] x
2 C: c FETCH 1:3 (UID FLAGS)
2 S: * 1 FETCH (UID 11 FLAGS ())
2 S: * 2 FETCH (UID 14 FLAGS ())
2 S: * 3 FETCH (UID 17 FLAGS ())
2 S: c OK
1 C: c UID STORE 17 +FLAGS.SILENT (\Flagged)
1 S: c OK
2 C: d NOOP
2 S: * 3 FETCH (FLAGS (\Flagged))
2 S: d OK
1 C: d UID STORE 14 +FLAGS.SILENT (\Deleted)
1 S: d OK
1 C: e EXPUNGE
1 S: * 2 EXPUNGE
1 S: e OK
2 C: e NOOP
2 S: * 2 EXPUNGE
2 S: e OK
2 C: f FETCH 2 (FLAGS)
2 S: * 2 FETCH (FLAGS (\Flagged))
2 S: f OK
3 # 60s later
3 S: * OK IMAP4rev1 ready
3 C: a LOGIN fred opensesame
3 S: a OK
3 C: b SELECT INBOX
3 S: * FLAGS ()
3 S: * 2 EXISTS
3 S: * 0 RECENT
3 S: * OK [UIDVALIDITY 6] x
3 S: * OK [UIDNEXT 3] x
3 S: b OK [READ-WRITE] x
`

// openTalk opens the capture of a conversation of several connections.
func openTalk(t *testing.T, w, h int, talk string) *driver {
	t.Helper()
	b, err := pcaptest.Record(func(s capture.Sink) error { return decodetest.Talk(talk, s) })
	if err != nil {
		t.Fatal(err)
	}
	d := openSource(t, w, h, pcap.Stream(bytes.NewReader(b), "talk", pcap.Options{}), Options{Source: "talk"})
	d.settled()
	return d
}

// TestMessageHistory checks that everything that all connections reported about a message is
// found by the message's UID, although its number has changed, and leads to the
// transactions.
func TestMessageHistory(t *testing.T) {
	d := openTalk(t, 160, 60, shared)
	d.press("G").on("3/2").press("k", "k").on("2/6 .*FETCH 2")
	d.press("U").sees("UID 17 in INBOX +5 reports by 2 connections", "1/3 +STORE .FLAGS.SILENT", `2/4 +saw FLAGS \\Flagged, set by 1/3`).onTab(panes.TabHistory)
	d.press("g", "j", "j", "j").on("2/4 +saw").press("Enter").on("d NOOP").onTab(panes.TabAnnotated)
	d.press("q").press("U").sees("UID:").types("14x").sees("a UID is a number").press("Ctrl-U").types("14").press("Enter")
	d.sees("UID 14 in INBOX", "1/5 +expunged", "2/5 +saw it expunged by 1/5")
	d.press("q", "U").types("99").press("Enter").sees("nothing was reported about UID 99 in INBOX")
}

// TestMailboxHistory checks what is shown of a mailbox: what changed, by whom, and that
// UIDVALIDITY is another one in the last session.
func TestMailboxHistory(t *testing.T) {
	d := openTalk(t, 160, 60, shared)
	d.press("B").sees("no mailbox is selected here")
	d.press("G").on("3/2").press("B").sees("INBOX, UIDVALIDITY 6", "! UIDVALIDITY changed from 5 to 6: 3/2, .*; before: 2/2", `1/3 +UID 17: STORE`)
	if screen := d.settled(); strings.Contains(screen, "opensesame") {
		t.Error(screen)
	}
	d.press("g", "j", "Enter").on("→ b SELECT INBOX")
}

// TestLastChangeOfAnotherSession goes to the command of another session that changed a
// message.
func TestLastChangeOfAnotherSession(t *testing.T) {
	d := openTalk(t, 160, 60, shared)
	d.press("G", "k", "k").on("2/6 .*FETCH 2").press("u").on("1/3").sees("message 2 was last changed here: STORE")
}

// TestHistoryScreens compares the screens with those in testdata.
func TestHistoryScreens(t *testing.T) {
	for _, size := range sizes {
		for name, press := range map[string]func(*driver){
			"history-message": func(d *driver) { d.press("G", "k", "k", "U").sees("UID 17 in INBOX") },
			"history-mailbox": func(d *driver) { d.press("G", "B").sees("UIDVALIDITY changed") },
		} {
			name = fmt.Sprintf("%s-%dx%d", name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				d := openTalk(t, size[0], size[1], shared)
				press(d)
				d.golden(name)
			})
		}
	}
}

// TestFilterByUID checks that the inspector's filter reads the messages of transactions.
func TestFilterByUID(t *testing.T) {
	d := openTalk(t, 160, 60, shared)
	d.press("f").types("uid == 17").press("Enter").sees("2 of 13, filter uid == 17").sees("2/3", "1/3").misses("2/4 12:")
	d.press("f").press("Ctrl-U").types(`code == "UIDNEXT"`).press("Enter").sees("3 of 13")
}
