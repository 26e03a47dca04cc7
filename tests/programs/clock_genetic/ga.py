#!/usr/bin/env python
# -*- coding: utf-8 -*-
from __future__ import print_function, division

import hashlib
import random
import string
import sys
import time

try:
	xrange
except NameError:
	xrange = range

TARGET = 'methinks it is like a weasel'
GENES = string.ascii_lowercase + ' '

random.seed(time.time())


class Individual(object):
	def __init__(self, genes=None):
		if genes is None:
			genes = [random.choice(GENES) for _ in xrange(len(TARGET))]
		self.genes = genes
		self.fitness = sum(a == b for a, b in zip(genes, TARGET))

	def mate(self, other):
		child = []
		for a, b in zip(self.genes, other.genes):
			p = random.random()
			if p < 0.48:
				child.append(a)
			elif p < 0.96:
				child.append(b)
			else:
				child.append(random.choice(GENES))
		return Individual(child)


def evolve(population, generations):
	history = []
	for generation in xrange(generations):
		population.sort(key=lambda i: -i.fitness)
		history.append(sum(i.fitness for i in population))
		if population[0].fitness == len(TARGET):
			break
		elite = population[:len(population) // 10]
		parents = population[:len(population) // 2]
		population = elite + [
			random.choice(parents).mate(random.choice(parents))
			for _ in xrange(len(population) - len(elite))
		]
	return max(population, key=lambda i: i.fitness), history


if __name__ == '__main__':
	start = time.time()
	best, history = evolve([Individual() for _ in xrange(120)], 25)
	print('generation %d: %s' % (len(history), ''.join(best.genes)), file=sys.stdout)
	print('took %.1f s' % (time.time() - start), file=sys.stderr)
	print('DIGEST %s' % hashlib.sha1(repr((history, best.genes)).encode('ascii')).hexdigest())
