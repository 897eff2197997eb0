package filter

import "testing"

// encoded returns a row with a mailbox that has two forms.
func encoded() *Row {
	return &Row{
		Type: "transaction", Command: "SELECT", Mailbox: "Entw&APw-rfe", MailboxDecoded: "Entwürfe",
		Request: `a SELECT "Entw&APw-rfe"`, RequestDecoded: `a SELECT "Entw&APw-rfe" (Entwürfe)`,
	}
}

// TestEitherFormOfANameMatches checks that plan and machine compare both forms of a name.
func TestEitherFormOfANameMatches(t *testing.T) {
	for source, want := range map[string]bool{
		`mailbox == "Entwürfe"`:                true,
		`mailbox == "ENTWÜRFE"`:                true,
		`mailbox == "Entw&APw-rfe"`:            true,
		`mailbox == "Entwurfe"`:                false,
		`mailbox != "Entwürfe"`:                false,
		`mailbox != "Entw&APw-rfe"`:            false,
		`mailbox != "INBOX"`:                   true,
		`not (mailbox == "Entwürfe")`:          false,
		`mailbox in ["INBOX", "Entwürfe"]`:     true,
		`mailbox in ["INBOX", "entw&apw-rfe"]`: true,
		`mailbox not in ["INBOX", "Entwürfe"]`: false,
		`mailbox contains "wür"`:               true,
		`mailbox startsWith "entwü"`:           true,
		`mailbox endsWith "&APw-rfe"`:          true,
		`mailbox matches "^entwürfe$"`:         true,
		`mailbox matches "^entw&apw-rfe$"`:     true,
		`mailbox matches "x"`:                  false,
		`request contains "Entwürfe"`:          true,
		`request endsWith "\"Entw&APw-rfe\""`:  true,
		`"Entwürfe" == mailbox or 1 == 2`:      true,
		`"INBOX" != mailbox`:                   true,
		`Entwürfe`:                             true,
		`entw&apw-rfe`:                         true,
		`"würfe"`:                              true,
	} {
		f, err := Compile(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got := f.Match(encoded()); got != want || f.Err() != nil {
			t.Errorf("%s: %v (%v)", source, got, f.Err())
		}
		if f.plan == nil || !isCondition(source) {
			continue
		}
		m, err := newMachine(source)
		if err != nil {
			continue // a lone text
		}
		if got := m.match(encoded()); got != want || m.err != nil {
			t.Errorf("%s: the machine says %v (%v)", source, got, m.err)
		}
	}
}

// TestANameThatIsNotEncodedHasOneForm checks that an empty second form is no form.
func TestANameThatIsNotEncodedHasOneForm(t *testing.T) {
	for source, want := range map[string]bool{
		`mailbox == ""`: false, `mailbox == "" or 1 == 2`: false, `mailbox != ""`: true,
		`mailbox matches "^$"`: false, `mailbox in [""] or 1 == 2`: false,
	} {
		f, err := Compile(source)
		if err != nil {
			t.Fatal(err)
		}
		if f.Match(fetch()) != want {
			t.Errorf("%s: %v", source, !want)
		}
	}
}
