package api

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"imapscope/proxy/intercept"
)

// heldJSON is a message that waits.
type heldJSON struct {
	ID      int       `json:"id"`
	Conn    connJSON  `json:"connection"`
	Txn     int       `json:"transaction"` // 0 outside any
	From    string    `json:"from"`        // client or server
	Tag     string    `json:"tag"`
	Word    string    `json:"word"`  // the command, the status or the kind of data
	Bytes   int       `json:"bytes"` // its length
	Text    string    `json:"text"`  // as edit.Format writes it; secrets are left out
	Since   time.Time `json:"since"`
	Release time.Time `json:"release"` // when it is released at the latest
}

// rules answers GET /holding: the rules as intercept.ParseRule reads them.
func (a *API) rules(*http.Request) (any, error) {
	list := []string{}
	for _, r := range a.Holds.Rules() {
		list = append(list, r.String())
	}
	return list, nil
}

// setRules answers PUT /holding. What waits already goes on waiting.
func (a *API) setRules(r *http.Request) (any, error) {
	var list []string
	if err := readStrictly(r, &list); err != nil {
		return nil, err
	}
	if len(list) > maxRules {
		return nil, &Error{http.StatusBadRequest, "there are more than " + strconv.Itoa(maxRules) + " rules"}
	}
	var rules []intercept.Rule
	for _, text := range list {
		rule, _, err := intercept.ParseRule(text)
		if err != nil {
			return nil, badRequest(fmt.Errorf("rule %q: %w", text, err))
		}
		rules = append(rules, rule)
	}
	a.Holds.SetRules(rules)
	return a.rules(r)
}

// waiting answers GET /waiting. With ?wait=10s it waits for as long as that, up to maxWait, for
// something that is held.
func (a *API) waiting(r *http.Request) (any, error) {
	var d time.Duration
	if text := r.URL.Query().Get("wait"); text != "" {
		var err error
		if d, err = time.ParseDuration(text); err != nil || d < 0 || d > maxWait {
			return nil, &Error{http.StatusBadRequest, "wait is not a duration such as 5s, up to " + maxWait.String()}
		}
	}
	a.await(r, d)
	list := []heldJSON{}
	for _, w := range a.Holds.Waiting() {
		list = append(list, a.heldOf(w))
	}
	return list, nil
}

// await returns when something waits, the caller has gone, or d is over. Holds.Changed is for
// one reader, which may be the inspector; so it looks from time to time.
func (a *API) await(r *http.Request, d time.Duration) {
	over := time.NewTimer(d)
	defer over.Stop()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for len(a.Holds.Waiting()) == 0 {
		select {
		case <-look.C:
		case <-over.C:
			return
		case <-r.Context().Done():
			return
		}
	}
}

func (a *API) heldOf(w *intercept.Held) heldJSON {
	limit := a.Holds.Timeout
	if limit == 0 {
		limit = intercept.DefaultHoldTimeout
	}
	return heldJSON{
		ID: w.ID, Conn: connOf(w.Conn), Txn: w.Txn, From: w.Dir.String(), Tag: w.Tag, Word: w.Word,
		Bytes: len(w.Raw), Text: string(w.Text()), Since: w.Since, Release: w.Since.Add(limit),
	}
}

// resumeAll answers POST /waiting/resume.
func (a *API) resumeAll(*http.Request) (any, error) {
	return map[string]int{"resumed": a.Holds.ResumeAll()}, nil
}

// released releases the message that a path names by f.
func released(f func(id int, r *http.Request) error) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		id, err := strconv.Atoi(r.PathValue("id"))
		if err != nil {
			return nil, notFound("there is no message %q", r.PathValue("id"))
		}
		return nil, gone(id, f(id, r))
	}
}

// resume answers POST /waiting/{id}/resume.
func (a *API) resume(id int, _ *http.Request) error { return a.Holds.Resume(id) }

// drop answers POST /waiting/{id}/drop.
func (a *API) drop(id int, _ *http.Request) error { return a.Holds.Drop(id) }

// textBody is a text in a request.
type textBody struct {
	Text *string `json:"text"`
}

// edit answers POST /waiting/{id}/edit: the message is sent as the text says.
func (a *API) edit(id int, r *http.Request) error {
	var b textBody
	if err := readStrictly(r, &b); err != nil {
		return err
	}
	if b.Text == nil {
		return errors.New(`"text" is missing`)
	}
	return a.Holds.EditText(id, []byte(*b.Text))
}

// answer answers POST /waiting/{id}/answer: the client gets the text in the server's place.
func (a *API) answer(id int, r *http.Request) error {
	var b textBody
	if err := readStrictly(r, &b); err != nil {
		return err
	}
	if b.Text == nil {
		return a.Holds.Answer(id, "")
	}
	return a.Holds.Answer(id, *b.Text)
}

// gone returns the answer to an error of Holds.
func gone(id int, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, intercept.ErrGone):
		return notFound("message %d does not wait, or no longer", id)
	}
	if e := new(Error); errors.As(err, &e) {
		return e
	}
	return badRequest(err)
}
