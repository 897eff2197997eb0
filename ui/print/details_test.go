package print_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/capture/pcap/pcaptest"
	"imapscope/decode"
	"imapscope/decode/decodetest"
	"imapscope/ui/print"
	"imapscope/ui/view"
)

// session is one connection that speaks of UIDs, codes, mod-sequences and parts.
const session = `S: * OK [CAPABILITY IMAP4rev1 UIDPLUS CONDSTORE QRESYNC] IMAP4rev1 ready
C: a1 LOGIN fred opensesame
S: a1 OK in
C: a2 SELECT INBOX (QRESYNC (67 90000000001 1:3))
S: * FLAGS (\Seen)
S: * 3 EXISTS
S: * 0 RECENT
S: * OK [UIDVALIDITY 67] x
S: * OK [UIDNEXT 30] x
S: * OK [HIGHESTMODSEQ 90000000005] x
S: * VANISHED (EARLIER) 2
S: a2 OK [READ-WRITE] x
C: a3 UID FETCH 15:20,25 (FLAGS BODY.PEEK[2.1.MIME])
S: * 2 FETCH (UID 17 FLAGS () BODY[2.1.MIME] "x")
S: a3 OK
C: a4 FETCH 2 (UID MODSEQ)
S: * 2 FETCH (UID 17 MODSEQ (77))
S: a4 OK
C: a5 UID SEARCH UNSEEN
S: * SEARCH 17 18 29
S: a5 OK
C: a6 UID COPY 17:18 Archive
S: a6 NO [TRYCREATE] no such mailbox
C: a7 UID COPY 17:18 Drafts
S: a7 OK [COPYUID 9 17:18 4:5] done
C: a8 NOOP
S: * 1 EXPUNGE
S: * VANISHED 40
S: a8 OK
C: a9 STATUS Drafts (UIDVALIDITY HIGHESTMODSEQ)
S: * STATUS Drafts (UIDVALIDITY 9 HIGHESTMODSEQ 8)
S: a9 OK
C: a10 FETCH 17 FLAGS
S: * 17 FETCH (FLAGS ())
S: a10 OK
`

// TestDeepFilters checks what the fields that are read from messages find, by tags.
func TestDeepFilters(t *testing.T) {
	b, err := pcaptest.Record(func(s capture.Sink) error { return decodetest.Play(session, s) })
	if err != nil {
		t.Fatal(err)
	}
	for expression, want := range map[string]string{
		`uid == 17`:               "a3 a4 a5 a6 a7",
		`uid == 16`:               "a3",
		`uid == 29`:               "a5",
		`uid == 40`:               "a8",
		`uid in 4..5`:             "a7",
		`uid == 1 or 3 in uid`:    "a2",
		`uidvalidity == 67`:       "a2",
		`uidvalidity == 9`:        "a7 a9",
		`modseq > 90000000001`:    "a2",
		`modseq == 77`:            "a4",
		`modseq == 8`:             "a9",
		`code == "TRYCREATE"`:     "a6",
		`code == "UIDNEXT"`:       "a2",
		`"copyuid" in code`:       "a7",
		`part == "2.1"`:           "a3",
		`part startsWith "2"`:     "a3",
		`uid != 17 and uid > 0`:   "a2 a8",
		`uid == 17 and ms > 1000`: "",
	} {
		var out strings.Builder
		s, err := print.NewStream(print.NewText(&out, print.TextOptions{Quiet: true}), print.StreamOptions{Options: view.Options{}, Filter: expression})
		if err != nil {
			t.Fatal(err)
		}
		if err := pcap.Stream(bytes.NewReader(b), "x", pcap.Options{}).Run(context.Background(), decode.NewDemux(decode.Options{}, s)); err != nil {
			t.Fatal(err)
		}
		var got []string
		for n := 1; n <= 10; n++ {
			if strings.Contains(out.String(), fmt.Sprintf(" a%d ", n)) {
				got = append(got, fmt.Sprintf("a%d", n))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s\n%s", expression, got, want, out.String())
		}
	}
}
