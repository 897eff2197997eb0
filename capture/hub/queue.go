package hub

// WorkStream is the name of the stream with the work queue of imapscope scan.
const WorkStream = "IMAPSCOPE-SCAN"

// WorkSubjects are the subjects of that stream.
const WorkSubjects = workPrefix + ">"

const workPrefix = "scan."

// WorkSubject returns the subject of a piece of work of a job.
func WorkSubject(job, piece string) string { return workPrefix + job + "." + piece }
