// > 3:c%d,9:a%d,5:b%d,1:d
// < a%d b%d c%d d
package main

import (
	"container/heap"
	"strconv"
	"strings"

	"wshd/plugins/wsh"
)

type job struct {
	prio int
	name string
}

type jobs []*job

func (j jobs) Len() int           { return len(j) }
func (j jobs) Less(a, b int) bool { return j[a].prio > j[b].prio }
func (j jobs) Swap(a, b int)      { j[a], j[b] = j[b], j[a] }
func (j *jobs) Push(x any)        { *j = append(*j, x.(*job)) }
func (j *jobs) Pop() any {
	old := *j
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*j = old[:len(old)-1]
	return last
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error {
		q := &jobs{}
		heap.Init(q)
		for part := range strings.SplitSeq(m.Text(), ",") {
			p, name, _ := strings.Cut(part, ":")
			n, err := strconv.Atoi(p)
			if err != nil {
				return err
			}
			heap.Push(q, &job{n, name})
		}
		var order []string
		for q.Len() > 0 {
			order = append(order, heap.Pop(q).(*job).name)
		}
		return r.SendText(strings.Join(order, " "))
	})
}
