package hub

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Stats say what a hub holds.
type Stats struct {
	Messages, Bytes uint64
	First, Last     time.Time // of messages; zero if there is none
	Connections     int       // of all sensors that were asked for
	Readers         int
	Removed         uint64 // messages that are no longer there: they were too old, or too many
	Limits          Limits
	Sensors         []SensorStats // by name
	Others          int           // messages under subjects of no sensor, or of too many
	Partial         bool          // there are more connections than were counted
}

// SensorStats say what a hub holds of a sensor. NATS does not count bytes by subject.
type SensorStats struct {
	Sensor      string
	Messages    uint64
	Connections int
	First, Last time.Time
}

const (
	// maxSensors bounds the sensors of which Stats are read.
	maxSensors = 100_000
	// maxPages bounds the answers with subjects; NATS puts 100,000 into one.
	maxPages = 100
	// statsRequests is how many requests are under way at once.
	statsRequests = 32
	// answerGrace is how long the server may take for one.
	answerGrace = 30 * time.Second
)

// ReadStats returns what a hub holds of the address's sensors, or of all.
func ReadStats(ctx context.Context, a *Address) (*Stats, error) {
	nc, err := Connect(a.Server, a.Creds, nats.CustomInboxPrefix(ReaderInbox))
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	failed := func(err error) error {
		return fmt.Errorf("%s: %w", Redacted(a.Server), (&Source{Address: a}).explain(err))
	}
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(answerGrace))
	if err != nil {
		return nil, err
	}
	stream, err := js.Stream(ctx, Stream)
	if err != nil {
		return nil, failed(err)
	}
	info := stream.CachedInfo()
	s := &Stats{
		Messages: info.State.Msgs, Bytes: info.State.Bytes, Readers: info.State.Consumers, Removed: info.State.LastSeq - info.State.Msgs,
		Limits: Limits{MaxBytes: info.Config.MaxBytes, MaxAge: info.Config.MaxAge},
	}
	if s.Messages > 0 {
		s.First, s.Last = info.State.FirstTime, info.State.LastTime
	}
	filters := []string{Subjects}
	if len(a.Sensors) > 0 {
		filters = nil
		for _, name := range a.Sensors {
			filters = append(filters, SensorSubjects(name))
		}
	}
	found := make(map[string]*SensorStats)
	for _, f := range filters {
		if err := s.countSubjects(ctx, nc, f, found); err != nil {
			return nil, failed(err)
		}
	}
	for _, x := range found {
		s.Sensors = append(s.Sensors, *x)
	}
	slices.SortFunc(s.Sensors, func(a, b SensorStats) int { return cmp.Compare(a.Sensor, b.Sensor) })
	if err := s.readTimes(ctx, stream); err != nil {
		return nil, failed(err)
	}
	return s, nil
}

// countSubjects counts the messages by sensor. It asks page by page, so that no more than one
// page of subjects is in memory: there may be millions.
func (s *Stats) countSubjects(ctx context.Context, nc *nats.Conn, filter string, found map[string]*SensorStats) error {
	for page, offset := 0, 0; ; page++ {
		if page == maxPages {
			s.Partial = true
			return nil
		}
		request, err := json.Marshal(map[string]any{"subjects_filter": filter, "offset": offset})
		if err != nil {
			return err
		}
		within, cancel := context.WithTimeout(ctx, answerGrace)
		answer, err := nc.RequestWithContext(within, "$JS.API.STREAM.INFO."+Stream, request)
		cancel()
		if err != nil {
			return err
		}
		var info struct {
			Error *jetstream.APIError `json:"error"`
			Total int                 `json:"total"`
			State struct {
				Subjects map[string]uint64 `json:"subjects"`
			} `json:"state"`
		}
		if err := json.Unmarshal(answer.Data, &info); err != nil {
			return err
		}
		if info.Error != nil {
			return info.Error
		}
		for subject, n := range info.State.Subjects {
			s.count(subject, n, found)
		}
		if offset += len(info.State.Subjects); len(info.State.Subjects) == 0 || offset >= info.Total {
			return nil
		}
	}
}

// count counts the messages of a connection.
func (s *Stats) count(subject string, n uint64, found map[string]*SensorStats) {
	id, err := parseSubject(subject)
	x := found[id.Sensor]
	if err != nil || x == nil && len(found) == maxSensors {
		s.Others += int(n)
		return
	}
	if x == nil {
		x = &SensorStats{Sensor: id.Sensor}
		found[id.Sensor] = x
	}
	x.Messages += n
	x.Connections++
	s.Connections++
}

// readTimes adds the times of each sensor's first and last message.
func (s *Stats) readTimes(ctx context.Context, stream jetstream.Stream) error {
	var wg sync.WaitGroup
	next := make(chan *SensorStats)
	errs := make([]error, statsRequests)
	for i := range errs {
		wg.Go(func() {
			for x := range next {
				if errs[i] == nil {
					errs[i] = x.readTimes(ctx, stream)
				}
			}
		})
	}
	for i := range s.Sensors {
		next <- &s.Sensors[i]
	}
	close(next)
	wg.Wait()
	return errors.Join(errs...)
}

func (x *SensorStats) readTimes(ctx context.Context, stream jetstream.Stream) error {
	subjects := SensorSubjects(x.Sensor)
	first, err := stream.GetMsg(ctx, 1, jetstream.WithGetMsgSubject(subjects))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil // removed in the meantime
	}
	if err != nil {
		return err
	}
	last, err := stream.GetLastMsgForSubject(ctx, subjects)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	x.First, x.Last = first.Time, last.Time
	return nil
}
