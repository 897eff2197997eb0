package syntax

import (
	"fmt"
	"strings"
	"testing"

	"imapscope/capture/shared"
)

// citations is what must stand on the page that a rule cites.
var citations = []struct {
	rule   rule
	phrase string
}{
	{wantSP, "A SP is the ASCII space character"},
	{wantCRLF, "A CRLF is an ASCII carriage-return"},
	{wantQuote, "QUOTED-STRING (a sequence of CHARACTERs inside double-quotes)"},
	{wantClose, `addr_host ")"`},
	{wantBracket, `section = "[" [section-spec] "]"`},
	{wantTag, "tag ::= atom"},
	{wantOwnTag, `special reserved tag of "*". There`},
	{wantCommand, "request ::= tag SP (noop"},
	{wantStatus, `response ::= tag SP ("OK" / "NO" / "BAD")`},
	{wantData, `unsolicited ::= "*" SP (msg_num SP msg_data / data)`},
	{wantText, `"BAD") SP text_line CRLF`},
	{wantUserID, "login ::= \"LOGIN\" SP userid SP password"},
	{wantPassword, "login ::= \"LOGIN\" SP userid SP password"},
	{wantMailbox, `mailbox ::= "INBOX" / string`},
	{wantBBoard, `bboard ::= "BBOARD" SP string`},
	{wantOption, `find_option ::= "MAILBOXES" / "BBOARDS"`},
	{wantPattern, `find ::= "FIND" SP find_option SP string`},
	{wantSequence, "sequence ::= NUMBER"},
	{wantFetchAtt, `fetch ::= "FETCH" SP sequence SP ("ALL" / "FAST"`},
	{wantOneAtt, `fetch_att / "(" 1#fetch_att ")")`},
	{wantAtt, "fetch_att ::="},
	{wantStoreAtt, `store_att ::= ("+FLAGS"`},
	{wantFlags, `flag_list ::= ATOM / "(" 1#ATOM ")"`},
	{wantFlag, `flag_list ::= ATOM / "(" 1#ATOM ")"`},
	{wantSearch, `search ::= "SEARCH" SP 1#(`},
	{wantString, "string ::= atom /"},
	{wantNumber, "A NUMBER is a sequence"},
	{wantProps, `msg_fetch ::= ("FETCH" / "STORE") SP "("`},
	{wantProp, `"(" 1#("ENVELOPE" SP`},
	{wantValue, `"RFC822" SP string`},
	{wantDate, `date ::= string in form "dd-mmm-yy hh:mm:ss-zzz"`},
	{wantEnvelope, `envelope ::= "(" env_date`},
	{wantNString, "::= nil / string"},
	{wantEnvDate, "env_date ::= string"},
	{wantAddresses, `::= nil / "(" 1*address ")"`},
	{wantAddress, `address ::= "(" addr_name`},
	{wantAdjacent, `"(" 1*address ")"`},
}

// TestCitations holds what errors cite against the RFCs' text.
func TestCitations(t *testing.T) {
	for _, c := range citations {
		var number, page int
		i := strings.LastIndex(c.rule.ref, ", p. ")
		if _, err := fmt.Sscanf(c.rule.ref, "RFC %d,", &number); err != nil || i < 0 {
			t.Errorf("%q cites %q", c.rule.want, c.rule.ref)
			continue
		}
		fmt.Sscan(c.rule.ref[i+len(", p. "):], &page)
		if !strings.Contains(shared.ReadRFC(t, number).Page(page), c.phrase) {
			t.Errorf("%q is not on the page of %s", c.phrase, c.rule.ref)
		}
	}
}
