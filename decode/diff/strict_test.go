package diff

import (
	"strings"
	"testing"
)

func TestParseStrict(t *testing.T) {
	o, err := ParseStrict([]string{Text.String(), NewMail.String()})
	if err != nil || !o.Strict[Text] || !o.Strict[NewMail] || o.Strict[Date] {
		t.Errorf("%+v, %v", o, err)
	}
	if o, err = ParseStrict([]string{"all"}); err != nil {
		t.Error(err)
	}
	for _, v := range Variations() {
		if !o.Strict[v] {
			t.Errorf("all is without %v", v)
		}
	}
	if _, err := ParseStrict([]string{"weather"}); err == nil || !strings.Contains(err.Error(), "new-mail") {
		t.Errorf("%v", err)
	}
}
