// Package work divides numbered units of work over goroutines, or over the processes that a NATS JetStream queue feeds.
//
// The one who has the work runs it with Local, or puts it into a queue with Coordinate; others
// take units out of the queue with Serve.
//
// # Rules
//
//   - What a unit is, only the function that does it knows. A message has the number of a unit and
//     nothing else, so that who can write to the queue can make a worker repeat work, and no more.
//   - A unit may be done twice, at the same time too: its worker was taken for dead, or the
//     message came again. The function must not mind.
//   - A unit is acknowledged when it is done. While it is being done, its worker says so; if
//     it is not heard of, another worker gets the unit, a limited number of times.
//   - Whether a unit is done, the coordinator asks Job.Done, not the queue: what was done before it
//     crashed counts.
package work
