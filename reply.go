package ferrite

import "github.com/ferritedb/ferrite/txn/redis"

// fromReply is a reply as Do gives it.
func fromReply(r redis.Reply) any {
	switch r.Kind {
	case '-':
		return Error(r.Text)
	case ':':
		return r.Int
	case '_':
		return nil
	case '*':
		list := make([]any, len(r.Items))
		for i, item := range r.Items {
			list[i] = fromReply(item)
		}
		return list
	}
	return string(r.Text)
}
