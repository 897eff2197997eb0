package api

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"imapscope/proxy/intercept"
)

// insertedJSON is the answer to a command of the user's own.
type insertedJSON struct {
	Tag    string  `json:"tag"`
	Answer string  `json:"answer"`
	Cut    bool    `json:"cut"`             // more came than is kept
	First  *string `json:"first,omitempty"` // of a repeated command: the answer to the client's own
}

// commandBody is a command in a request, without a tag.
type commandBody struct {
	Command string `json:"command"`
}

// insert answers POST /connections/{id}/insert once the server has answered the command.
func (a *API) insert(r *http.Request) (any, error) {
	c, err := a.conn(r)
	if err != nil {
		return nil, err
	}
	return a.inserted(r, func(command []byte) (*intercept.Inserted, error) { return a.Holds.Insert(c.Info.ID, command) })
}

// repeat answers POST /waiting/{id}/repeat: the message goes on as it is, and the command follows.
func (a *API) repeat(r *http.Request) (any, error) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		return nil, notFound("there is no message %q", r.PathValue("id"))
	}
	return a.inserted(r, func(command []byte) (*intercept.Inserted, error) {
		n, err := a.Holds.Repeat(id, command)
		if errors.Is(err, intercept.ErrGone) {
			err = gone(id, err)
		}
		return n, err
	})
}

// inserted has the command of a request inserted by f, and waits for its answer.
func (a *API) inserted(r *http.Request, f func(command []byte) (*intercept.Inserted, error)) (any, error) {
	var b commandBody
	if err := readStrictly(r, &b); err != nil {
		return nil, err
	}
	n, err := f([]byte(b.Command))
	if e := new(Error); errors.As(err, &e) {
		return nil, e
	} else if err != nil {
		return nil, badRequest(err)
	}
	defer n.Cancel() // does nothing once it is finished
	over := time.NewTimer(maxWait)
	defer over.Stop()
	select {
	case <-n.Done():
	case <-r.Context().Done():
		return nil, &Error{http.StatusServiceUnavailable, "the caller has gone"}
	case <-over.C:
		return nil, &Error{http.StatusGatewayTimeout, "no answer in " + maxWait.String() + ": the command " + n.Progress().String()}
	}
	raw, cut, err := n.Answer()
	if err != nil {
		return nil, &Error{http.StatusBadGateway, "the command has no answer: " + err.Error()}
	}
	answer := insertedJSON{Tag: n.Tag, Answer: string(raw), Cut: cut}
	if n.First != nil {
		first, more := n.FirstAnswer()
		text := string(first)
		answer.First, answer.Cut = &text, cut || more
	}
	return answer, nil
}
