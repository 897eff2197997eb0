package compare

import (
	"encoding/json"
	"io"

	"imapscope/samples/contrast"
)

// costJSON is what was measured.
type costJSON struct {
	Connections int     `json:"connections"`
	RoundTrips  int     `json:"round_trips"`
	Sent        int64   `json:"sent_octets"`
	Received    int64   `json:"received_octets"`
	Ms          float64 `json:"ms"`
}

func costOf(c contrast.Cost) costJSON {
	return costJSON{c.Connections, c.RoundTrips, c.Sent, c.Received, float64(c.Time.Microseconds()) / 1000}
}

type exchangeJSON struct {
	Client   int      `json:"client"`
	Sent     []string `json:"sent"`
	Received []string `json:"received"`
	More     int      `json:"more_lines,omitempty"`
	Alike    int      `json:"more_alike,omitempty"`
}

type citeJSON struct {
	RFC   int    `json:"rfc"`
	Page  int    `json:"page"`
	Place string `json:"place"`
	Quote string `json:"quote"`
}

// JSON writes a line for each step in each protocol, for each reason, and for the totals.
func JSON(w io.Writer, list []*Comparison) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for _, c := range list {
		if err := c.json(e); err != nil {
			return err
		}
	}
	return nil
}

func (c *Comparison) json(e *json.Encoder) error {
	for i := range c.Task.Steps {
		for k := range c.Columns {
			if err := e.Encode(c.stepJSON(i, &c.Columns[k])); err != nil {
				return err
			}
		}
		for _, r := range c.Why(i) {
			cites := []citeJSON{}
			for _, x := range r.Cites {
				cites = append(cites, citeJSON{x.Ref.RFC, x.Ref.Page, x.Ref.String(), x.Quote})
			}
			err := e.Encode(struct {
				Type  string     `json:"type"`
				Task  string     `json:"task"`
				Step  int        `json:"step"`
				Text  string     `json:"text"`
				Cites []citeJSON `json:"cites"`
			}{"compare-reason", c.Task.Name, i + 1, r.Text, cites})
			if err != nil {
				return err
			}
		}
	}
	for k := range c.Columns {
		err := e.Encode(struct {
			Type     string `json:"type"`
			Task     string `json:"task"`
			Protocol string `json:"protocol"`
			costJSON
			Latency   float64 `json:"latency_ms"`
			Bandwidth int     `json:"bandwidth,omitempty"`
		}{"compare-total", c.Task.Name, c.Columns[k].Protocol.Name, costOf(c.Columns[k].Total), float64(c.Options.RoundTrip.Microseconds()) / 1000, c.Options.Bandwidth})
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Comparison) stepJSON(i int, x *Column) any {
	s := &x.Steps[i]
	list := []exchangeJSON{}
	for _, y := range s.Exchanges {
		list = append(list, exchangeJSON{y.Client, append([]string{}, y.Sent...), append([]string{}, y.Received...), y.More, y.Alike})
	}
	return struct {
		Type      string         `json:"type"`
		Task      string         `json:"task"`
		Step      int            `json:"step"`
		Heading   string         `json:"heading"`
		Protocol  string         `json:"protocol"`
		Exchanges []exchangeJSON `json:"exchanges"`
		costJSON
	}{"compare-step", c.Task.Name, i + 1, c.Task.Steps[i].Heading, x.Protocol.Name, list, costOf(s.Cost)}
}
