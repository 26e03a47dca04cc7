# -*- coding: latin-1 -*-
"""Chaîne de Markov d'ordre un, entraînée sur quelques vers."""
import collections
import hashlib
import random

POEME = """la mer est belle où la lumière dorée s'endort
où la forêt rêve près de la mer
la lumière près de la forêt est légère
l'été rêve et la forêt s'éveille très tôt
très tôt la mer est légère et s'éveille"""


class Chaine:
    # les suites possibles de chaque mot, répétées selon leur fréquence
    def __init__(self, texte):
        self.suites = collections.defaultdict(list)
        for vers in texte.splitlines():
            mots = vers.split()
            for mot, suivant in zip(mots, mots[1:]):
                self.suites[mot].append(suivant)

    def vers(self, longueur):
        mot = random.choice(sorted(self.suites))
        sortie = [mot]
        while len(sortie) < longueur and mot in self.suites:
            mot = random.choice(self.suites[mot])
            sortie.append(mot)
        return ' '.join(sortie)


def principal():
    chaine = Chaine(POEME)
    strophe = [chaine.vers(longueur) for longueur in (5, 7, 5, 7, 7)]
    for vers in strophe:
        print(vers.encode('ascii', 'backslashreplace').decode())
    print('DIGEST', hashlib.sha256('\n'.join(strophe).encode('utf-8')).hexdigest())


if __name__ == '__main__':
    principal()
