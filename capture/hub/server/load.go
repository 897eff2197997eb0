package server

import (
	"slices"
	"strings"

	"github.com/nats-io/nats-server/v2/server"

	"imapscope/capture/hub"
)

// Load returns what the server does and holds.
func (s *Server) Load() hub.Load {
	l := hub.Load{
		Connections: s.nats.NumClients(), SlowConsumers: s.nats.NumSlowConsumers(),
		Subscriptions: int(s.nats.NumSubscriptions()), Storing: !s.failing.Load(),
	}
	if v, err := s.nats.Varz(nil); err == nil {
		l.Accepted = int64(v.TotalConnections)
		l.In, l.Out = hub.Traffic{Messages: v.InMsgs, Bytes: v.InBytes}, hub.Traffic{Messages: v.OutMsgs, Bytes: v.OutBytes}
	}
	info, err := s.nats.Jsz(&server.JSzOptions{Accounts: true, Streams: true, Consumer: true})
	if err != nil {
		return l // storage is off
	}
	for _, account := range info.AccountDetails {
		for _, d := range account.Streams {
			l.Streams = append(l.Streams, streamLoad(d))
		}
	}
	slices.SortFunc(l.Streams, func(a, b hub.StreamLoad) int { return strings.Compare(a.Name, b.Name) })
	return l
}

func streamLoad(d server.StreamDetail) hub.StreamLoad {
	l := hub.StreamLoad{
		Name: d.Name, Messages: d.State.Msgs, Bytes: d.State.Bytes, Removed: d.State.LastSeq - d.State.Msgs,
		Subjects: d.State.NumSubjects, Consumers: d.State.Consumers,
	}
	for _, c := range d.Consumer {
		l.Redelivered += c.NumRedelivered
		l.Unread = max(l.Unread, c.NumPending)
	}
	return l
}
