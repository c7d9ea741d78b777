/* relation.h - how two sources tell of the same events: how late, how rounded, how often.
 *
 * What all pairs across sources have in common is learned in train.c. A relation is what two sources have of their own:
 * a newsroom dates an event days or weeks after the police, never before; a ministry rounds; a register tells of half
 * of what customs tell. It is learned by EM on the pairs that may be true, where a mention has one partner in the other
 * source at most: its odds with one are set against what else the two could be (M. Sadinle, JASA 112 (2017) 600-612).
 * Where two sources share little, what all pairs have in common outweighs what they show.
 */
#ifndef LINK_RELATION_H
#define LINK_RELATION_H

#include "link/score.h"

/* Makes relations of sources between which there are some edges, of which nothing is known yet; to be followed by
 * frame_set_sources(). */
enum comity_status relations_make(
    struct link_model *model, const struct frame *frame, const struct edge_list *edges) COMITY_MUST_USE;
/* Fills model->relations from the edges that score_edges() kept. Cost: some hundred thousand edges for some dozen
 * rounds at most; where there are more, a part of the country-quarters that depends on their number only. */
enum comity_status relations_learn(struct link_model *model, const struct frame *frame, const struct edge_list *edges,
    unsigned threads) COMITY_MUST_USE;

#endif
