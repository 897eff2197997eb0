package pcap

// RecorderStats counts what a Recorder wrote and what it did not.
type RecorderStats struct {
	Packets     int64 // written
	Octets      int64 // written, of all files
	Files       int
	NotRecorded int64 // bytes of the chunk that made the recording fail, and of those after it
}

// Err returns the error that ended the recording, or nil if it has not failed.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// Stats returns the counts so far.
func (r *Recorder) Stats() RecorderStats {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stats
	s.NotRecorded = r.missing.Load()
	return s
}

// NotRecorded returns the number of bytes that were not recorded so far. Unlike Stats, it
// does not wait for a write.
func (r *Recorder) NotRecorded() int64 { return r.missing.Load() }
