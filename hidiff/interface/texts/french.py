"""French: the texts of the interface, by key; what is missing is said in English."""

from __future__ import annotations

import re

CODE, TITLE = "fr", "Français"
_WORDS: dict[str, str] = {
    "task.polyp.title": "Polype dans une image de coloscopie",
    "task.fundus.title": "Vaisseaux dans une photographie de fond d’œil",
    "page.between": " ",
    "page.language": "Langue",
    "page.title": "HiDiff Studio",
    "page.lead": "Un segmenteur propose un masque. Un modèle de diffusion l’affine ensuite, bit par bit, sous vos "
    "yeux.",
    "page.terms": "Démonstration de recherche et d’enseignement. Pas un dispositif médical. Pas pour le diagnostic.",
    "page.card": "Trois masques de bits : le premier plein d’erreurs, le dernier entier.",
    "page.missing": "Indisponible ici : {title}. {reason}",
    "page.no_weights": "Il n’y a pas de poids ici, donc rien ne peut être segmenté. Le terminal dit que faire.",
    "edition.title": "Leçons HiDiff",
    "edition.lead": "Comment un modèle de diffusion affine un masque, bit par bit : deviner d’abord, regarder ensuite.",
    "edition.missing": "Cette édition n’a besoin ni de serveur ni de réseau. Vos propres images, d’autres réglages "
    "et les moteurs sont dans l’application.",
    "refine.tab": "Affiner",
    "refine.task": "Que chercher",
    "refine.examples": "Choisir un exemple",
    "refine.no_examples": "Il n’y a pas d’exemple ici pour cette tâche. Déposez une image plus bas.",
    "refine.synthetic": "synthétique",
    "refine.on_purpose": "abîmé exprès",
    "refine.both_marks": "{first} · {second}",
    "refine.yours": "Votre image",
    "refine.upload": "Votre image",
    "refine.upload_hint": "Déposez une image ici\n\nou cliquez pour choisir",
    "refine.refine": "Affiner",
    "refine.again": "Encore, avec un autre bruit",
    "refine.stale": "L’image correspond à d’autres réglages. « Affiner » montre ceux-ci.",
    "refine.new_noise": "Nouveau bruit : graine {seed:d}.",
    "refine.settings_lost": "Les réglages sont de nouveau ceux de cette tâche.",
    "refine.stop": "Arrêter",
    "status.heading": "L’affinage",
    "status.asked": "Segmentation...",
    "status.prior": "Étape 1 sur {steps}",
    "status.step": "Étape {step} sur {steps}",
    "status.done": "Terminé, avec la graine {seed:d}.",
    "status.before": "{count} personnes passent avant vous.",
    "status.before#one": "Une personne passe avant vous.",
    "status.stopping": "Arrêt après cette étape.",
    "status.given_up": "Arrêté avant qu’il y ait un a priori : l’image est comme elle était.",
    "status.lost": "La connexion au serveur est perdue. Les étapes arrivées peuvent encore être rejouées ; "
    "rechargez la page pour la suite.",
    "pointer.pixel": "Un pixel, expliqué",
    "pointer.samples": "Les réponses côte à côte",
    "refine.steps": "Étapes",
    "refine.steps_info": "de la chaîne inverse ; moins il y en a, plus c’est rapide",
    "refine.samples": "Échantillons",
    "refine.samples_info": "chaînes ayant chacune leur bruit ; la réponse est leur moyenne",
    "refine.seed": "Graine",
    "refine.seed_info": "la même graine donne les mêmes bits",
    "refine.more": "Tous les réglages",
    "refine.sampler": "Échantillonneur",
    "refine.sampler.ancestral": "ancestral, comme dans l’article",
    "refine.sampler.plug_in": "ancestral, moyenne substituée telle que publiée",
    "refine.sampler.ddim": "à la manière de DDIM",
    "refine.aggregate": "Réponse",
    "refine.aggregate.last": "l’estimation de la dernière étape",
    "refine.aggregate.mean": "la moyenne des estimations de toutes les étapes",
    "refine.aggregate.blend": "cette moyenne et l’a priori, moitié-moitié",
    "refine.focus": "Regarder de plus près",
    "refine.focus_info": "affiner dans une fenêtre autour de ce que l’a priori a trouvé",
    "refine.both_looks": "Partir des deux regards",
    "refine.both_looks_info": "la moyenne de ce que le segmenteur voit dans l’image entière et dans la fenêtre",
    "refine.corrects": "Ce que le réseau peut corriger",
    "refine.corrects.every": "tout a priori",
    "refine.corrects.given": "tous sauf celui du segmenteur",
    "refine.mirror": "Retourner l’image",
    "refine.mirror_info": "l’estimation est la moyenne sur l’image et ses reflets en miroir ; chaque chaîne en voit un",
    "refine.nothing": "Il n’y a pas encore d’image : choisissez un exemple ou déposez-en une.",
    "refine.warning": "Rien n’a été changé",
    "picture.looks": "Cela ressemble à une {found}, et vous cherchez des {sought}.",
    "picture.small": "{width:d} x {height:d} pixels, c’est trop peu pour chercher des {sought} ; prenez une image d’au "
    "moins {least:d} pixels de large ou de haut.",
    "picture.neither": "Cela ne ressemble ni à une coloscopie ni à un fond d’œil, et vous cherchez des {sought}.",
    "picture.switch": "Chercher cela",
    "task.polyp.switch": "Chercher plutôt des polypes",
    "task.fundus.switch": "Chercher plutôt des vaisseaux",
    "picture.keep": "Laisser ainsi",
    "prior.title": "Le départ en détail",
    "prior.kind": "Partir de",
    "prior.segmentor": "l’estimation du segmenteur",
    "prior.own": "mon propre masque",
    "prior.noise": "pur bruit",
    "prior.broken": "une estimation abîmée exprès",
    "prior.calibrate": "trop sûre ou trop timide",
    "prior.shift": "décalée",
    "prior.erode": "rétrécie",
    "prior.dilate": "élargie",
    "prior.erase": "une partie effacée",
    "prior.false_blob": "une tache fausse",
    "prior.blur": "floue",
    "prior.cut_segments": "vaisseaux coupés",
    "prior.drop_thin": "vaisseaux fins perdus",
    "prior.speckle": "faux points",
    "prior.thicken": "vaisseaux trop larges",
    "prior.upload": "Un masque de n’importe quel outil",
    "prior.upload_hint": "Déposez un masque ici\n\nou cliquez : blanc est allumé",
    "prior.no_mask": "Il n’y a pas encore de masque : déposez-en un, ou partez d’autre chose.",
    "prior.inverted": "{name} a été inversé.",
    "prior.anyway": "L’utiliser quand même",
    "prior.invert": "L’inverser",
    "prior.error": "Comment elle est abîmée",
    "prior.seed": "Graine du dégât",
    "prior.seed_info": "à part de la graine du bruit",
    "refine.confidence": "Confiance dans mon masque",
    "refine.confidence_info": "la probabilité dans le masque donné ; dehors, c’est un moins elle",
    "prior.reset": "Revenir à celle du segmenteur",
    "lead.segmentor": "Le segmenteur a fait son estimation. Regardez le réseau chercher ce qui y est faux, bit par "
    "bit.",
    "lead.left": "Le segmenteur a fait son estimation, et les bits sont tirés d’après elle. Le réseau n’en sait pas "
    "plus et laisse telle quelle son idée du {object} : partez d’une estimation abîmée pour le voir réparer.",
    "lead.noise": "Personne n’a rien supposé : chaque bit commence comme une pièce équitable. Regardez le réseau "
    "chercher dans le bruit la forme du {object} ; à partir de l’estimation du segmenteur, il va plus loin.",
    "lead.broken": "L’estimation du segmenteur a été abîmée exprès ({error}). Regardez le réseau la réparer, bit "
    "par bit.",
    "lead.own": "Le masque est le vôtre. Regardez le réseau chercher ce qui y est faux, bit par bit.",
    "lead.painted": "Vous avez peint sur l’a priori. Regardez ce que le réseau en fait.",
    "lead.held": "Vous avez peint, et vos traits tiennent. Regardez le reste suivre, bit par bit.",
    "lead.alone": "Le segmenteur répond seul : rien n’est affiné.",
    "engine.title": "Un bit pour de vrai",
    "engine.kind": "Ce qui calcule",
    "engine.kind_info": "les poids et signaux du débruiteur sont des bits ; les deux donnent la même image",
    "backend.packed": "bits compacts",
    "backend.simulation": "simulation en virgule flottante",
    "backend.torch": "PyTorch",
    "backend.real": "jumeau à valeurs réelles",
    "engine.both": "Chronométrer les deux, côte à côte",
    "engine.nothing_timed": "Affinez, et la durée d’une étape apparaîtra ici.",
    "engine.timed": "{engine} : {ms:,.0f} ms par étape",
    "engine.ratio": "Sur cette image, les bits compacts vont {ratio:.1f} fois plus vite.",
    "engine.same": "Les {bits} bits de toutes les étapes sont les mêmes.",
    "engine.differ": "{differ} bits sur {bits} diffèrent sur l’ensemble des étapes.",
    "engine.not_ready": "Le moteur de bits n’est pas prêt sur cet ordinateur, la simulation a donc tourné.",
    "engine.step": "Étape",
    "engine.channel": "Canal",
    "engine.look": "Regarder dans une couche",
    "engine.nothing_inside": "Il n’y a pas encore de réponse : laissez un affinage aller au bout, puis regardez "
    "dedans.",
    "engine.not_inside": "Il n’y a pas ici d’étape {step:d} avec un canal {channel:d} ; choisissez des nombres plus "
    "petits.",
    "engine.warning": "Rien où regarder",
    "engine.inside_where": "Étape {number:d} (t = {t:d}), ligne {row:d}, colonne {column:d} du cadre de travail : "
    "le basculement dont le débruiteur doutait le plus. La première couche binaire, canal {channel:d} :",
    "engine.inside_signs": "Signes en entrée : 3 x 3 places (lignes), chaque canal (colonnes). Plein est +1, pâle "
    "est -1.",
    "engine.inside_weights": "Poids de ce canal : un bit chacun.",
    "engine.inside_agree": "XNOR : plein où signe et poids s’accordent.",
    "engine.inside_count": "{agree} sur {seen} s’accordent et {differ} non, la somme est donc {total:+d}. Mise à "
    "l’échelle, décalée pour t = {t:d} et jointe aux {x:.2f} entrés, elle devient {value:.2f}. Le seuil ajoute "
    "{threshold:.2f} : {side} zéro, la couche suivante lit donc {sign}.",
    "engine.inside_above": "pas sous",
    "engine.inside_below": "sous",
    "engine.inside_mask": "Le masque maintenant",
    "engine.inside_sums": "Les sommes",
    "engine.inside_out": "Les signes en sortie",
    "engine.inside_note": "Quatre canaux partagent un octet ; une lecture dans une table de seize répond pour les "
    "quatre à la fois.",
    "compare.title": "Comparer deux réglages",
    "compare.difference": "Ce qui diffère",
    "compare.difference_info": "les deux pistes reçoivent le même bruit, donc rien d’autre",
    "compare.run": "Comparer côte à côte",
    "difference.seed": "la graine",
    "difference.sampler": "l’échantillonneur",
    "difference.steps": "le nombre d’étapes",
    "difference.noise": "partir du bruit",
    "difference.broken": "partir d’un a priori abîmé",
    "difference.alone": "sans affinage : le segmenteur, toutes ses vues",
    "difference.focus": "le regard de près",
    "difference.aggregate": "ce qui compte comme réponse",
    "difference.backend": "le moteur",
    "difference.twin": "débruiteur binaire ou à valeurs réelles",
    "difference.user": "sans mon masque ni mes traits",
    "many.title": "Plusieurs réponses",
    "many.draw": "Tirer plusieurs réponses",
    "many.sure": "Mesuré sur des images de validation : là où la réponse donnait 90 % ou plus, {percent:.0f} % des "
    "pixels étaient du {object}.",
    "many.split": "Là où elle était partagée (30 à 70 %), {percent:.0f} % l’étaient.",
    "reference.title": "Comparer à une référence",
    "reference.upload": "Masque de référence",
    "reference.upload_hint": "Déposez un masque ici\n\nou cliquez pour choisir",
    "reference.same": "L’a priori est cette référence même, la réponse ne peut donc être que pareille ou moins bonne.",
    "reference.none": "Avec un masque de référence, de n’importe quel outil, l’a priori et la réponse sont notés ici.",
    "reference.no_image": "Il n’y a pas encore d’image à comparer : choisissez un exemple ou déposez-en une.",
    "reference.left": "{name} allait avec l’image d’avant et a été mis de côté ; apportez la référence de "
    "la nouvelle image.",
    "reference.warning": "Non comparé",
    "reference.prior": "a priori",
    "reference.refined": "affiné",
    "reference.difference": "différence",
    "reference.dice": "Dice",
    "reference.iou": "IoU",
    "reference.hd95": "HD95, pixels",
    "reference.missed": "pixels manqués",
    "reference.false": "faux pixels",
    "reference.no_number": "-",
    "take.title": "À emporter",
    "take.all": "Tous les fichiers",
    "take.all_hint": "Un ZIP de tous les fichiers d’ici, avec la trace légère à la place de la complète",
    "take.mask": "Masque",
    "take.mask_hint": "Le masque affiné : un PNG à la taille de votre image, 255 allumé et 0 éteint",
    "take.prior": "A priori",
    "take.prior_hint": "Le masque avant l’affinage : un PNG à la taille de votre image, 255 allumé et 0 éteint",
    "take.prob": "Probabilité",
    "take.prob_hint": "La probabilité affinée de chaque pixel : un PNG de 16 bits, 65535 est la certitude",
    "take.overlay": "Superposition",
    "take.overlay_hint": "Le masque affiné dessiné sur votre image",
    "take.difference": "Différence",
    "take.difference_hint": "Le masque affiné face à la référence : gris est juste, bleu est faux, orange manque",
    "take.animation": "WebP",
    "take.animation_hint": "L’affinage en image animée, étape par étape",
    "take.gif": "GIF",
    "take.gif_hint": "La même image animée en GIF, pour les programmes qui ignorent WebP",
    "take.sheet": "Planche",
    "take.sheet_hint": "Chaque étape, ou chaque échantillon, sur une planche à imprimer",
    "take.light": "Trace",
    "take.light_hint": "Chaque bit de chaque étape, les probabilités arrondies à 0,001 ; s’ouvre avec Trace.load",
    "take.trace": "Trace complète",
    "take.trace_hint": "Chaque bit et chaque nombre de chaque étape, pour les programmes qui lisent le .npz de "
    "numpy ; grand et lent à faire",
    "take.settings": "Réglages",
    "take.settings_hint": "Ce qui a produit ceci, en JSON : réglages, empreintes, scores, versions et ligne de "
    "commande",
    "take.scribbles": "Traits",
    "take.scribbles_hint": "Ce que vous avez peint, en PNG pour --scribbles : 255 allumé, 0 éteint, 128 libre",
    "take.megabytes": "~{number} Mo",
    "take.command": "Les mêmes fichiers par la ligne de commande",
    "take.command_info": "dans une copie de ce projet, votre image à côté",
    "take.command_tab": "Ligne de commande",
    "take.python": "Le même masque en Python, depuis cette application",
    "take.python_info": "pip install gradio_client ; votre image à côté",
    "take.python_tab": "Python",
    "take.curl": "Le même masque dans un terminal, depuis cette application",
    "take.curl_info": "demande curl et rien d’autre ; votre image à côté",
    "take.curl_tab": "curl",
    "take.nothing": "Il n’y a pas encore de réponse : laissez un affinage aller au bout, puis choisissez de nouveau.",
    "take.warning": "Pas de fichier",
    "link.title": "Un lien vers ce que vous voyez",
    "link.copy": "Copier le lien",
    "link.copied": "Copié.",
    "link.failed": "Votre navigateur ne laisse pas la page copier : appuyez sur Ctrl+C, ou Cmd+C sur un Mac.",
    "link.upload": "Votre image reste chez vous, aucun lien n’y mène donc. Prenez le fichier de réglages : avec "
    "votre image il donne les mêmes bits.",
    "link.painted": "Des traits ne tiennent pas dans un lien. Prenez les réglages et les traits : avec l’image ils "
    "donnent les mêmes bits.",
    "link.own": "Un masque à vous ne tient pas dans un lien. Prenez le fichier de réglages : avec vos fichiers il "
    "donne les mêmes bits.",
    "link.refused": "{name}, dans le lien, n’a pas pu servir ; on montre donc ce qui est habituel.",
    "link.warning": "Le lien",
    "take.no_command": "Aucune ligne de commande ne donne ceci : on a arrêté, ou le segmenteur a répondu seul.",
    "lane.seed": "graine {seed:d}",
    "lane.steps": "{steps} étapes",
    "lane.closer": "regard de près",
    "lane.whole": "image entière",
    "lane.binary": "débruiteur binaire",
    "lane.twin": "jumeau à valeurs réelles",
    "lane.refined": "affiné",
    "lane.alone": "segmenteur seul, toutes ses vues",
    "lane.with_scribbles": "avec vos traits",
    "player.lessons": "Leçons",
    "player.stage": "{label}. {keys}",
    "player.label": "L’affinage, étape par étape",
    "player.empty": "Choisissez un exemple ou déposez une image. L’a priori paraît aussitôt, puis chaque étape.",
    "player.opening": "Un instant : le premier exemple arrive.",
    "player.keys": "Flèches gauche et droite : une étape. Début, Fin : première, dernière. Espace : lire. Maj et "
    "flèches : un autre pixel. Entrée : le fixer. Plus, moins : zoom.",
    "player.help": "Touches",
    "player.help.step": "une étape en arrière, une en avant",
    "player.help.ends": "le premier moment, le dernier",
    "player.help.play": "lire, pause",
    "player.help.pixel": "sur l’image : un autre pixel",
    "player.help.hold": "sur l’image : fixer le pixel ou tamponner au pinceau, lâcher",
    "player.help.zoom": "sur l’image : plus près, plus loin, la vue entière",
    "player.help.clicker": "en vue de présentation, et à la télécommande : étape",
    "player.help.panels": "en vue de présentation : panneau suivant, écran noir",
    "player.help.reveal": "en vue de présentation : dévoiler la réponse, question suivante",
    "player.teach": "Pour les enseignants",
    "player.back": "Une étape en arrière",
    "player.play": "Lire",
    "player.pause": "Pause",
    "player.ahead": "Une étape en avant",
    "player.scrub": "Étape",
    "player.loop": "Rejouer sans fin",
    "player.pace": "Vitesse",
    "player.film": "Toutes les étapes",
    "player.zoom": "Zoom",
    "player.in": "Agrandir",
    "player.out": "Réduire",
    "player.fit": "Vue entière",
    "player.large": "Vue de présentation, plein écran",
    "player.leave": "Quitter la vue de présentation",
    "player.panel": "Panneau suivant",
    "player.panel_hint": "Panneau suivant : aucun, les courbes, un pixel (touche p)",
    "player.most": "Plus grand changement",
    "player.most_hint": "Voir la partie qui a le plus changé ; encore : revenir",
    "player.split": "Avant | après : à gauche de la poignée le masque de l’a priori, à droite celui de la réponse",
    "player.map": "Où se trouve la vue dans l’image entière",
    "player.skip": "Passer le lecteur",
    "player.show": "Montrer",
    "player.unfold": "Cartes, un pixel, courbes",
    "player.base.image": "Image",
    "player.base.image_hint": "La photographie, le masque estimé et ce que cette étape bascule",
    "player.base.bits": "Bits",
    "player.base.bits_hint": "Le masque tel qu’il est, bruit compris : blanc est allumé",
    "player.base.guess": "Estimation",
    "player.base.guess_hint": "Ce que le débruiteur prend pour le masque propre",
    "player.base.doubt": "Doute",
    "player.base.doubt_hint": "Quels bits le débruiteur croit faux",
    "player.base.mean": "Probabilité",
    "player.base.mean_hint": "La chance que chaque bit soit allumé après cette étape : la moyenne a posteriori",
    "player.base.prior": "A priori",
    "player.base.prior_hint": "Les chances d’où part la chaîne : blanc sûrement allumé, noir sûrement éteint",
    "player.base.noise": "Bruit",
    "player.base.noise_hint": "Le nombre au hasard de chaque pixel à ce moment : le bit est allumé où il est sous "
    "la probabilité",
    "player.base.flips": "Bascules",
    "player.base.flips_hint": "Ce que cette étape allume et éteint",
    "player.base.errors": "Erreurs",
    "player.base.errors_hint": "L’estimation face à la référence : ce qu’elle manque, ce qu’elle prend à tort, ce "
    "qui est juste",
    "player.base.difference": "Différence",
    "player.base.difference_hint": "Où les masques des deux pistes diffèrent",
    "player.key.grey": "noir éteint, blanc allumé",
    "player.key.heat": "plus c’est clair, plus c’est douteux",
    "player.outline": "masque estimé",
    "player.flips": "bascules",
    "player.reference": "référence",
    "player.missed": "manqué",
    "player.false": "faux",
    "player.right": "juste",
    "player.on": "allumé",
    "player.off": "éteint",
    "player.closer": "regard de près",
    "player.opacity": "opacité",
    "player.tools": "Pinceau",
    "player.tool.point": "Montrer",
    "player.tool.add": "Ajouter",
    "player.tool.erase": "Effacer",
    "player.size": "taille",
    "player.undo": "Annuler",
    "player.redo": "Refaire",
    "player.clear": "Tout ôter",
    "player.meaning": "Ce que veut dire un trait",
    "player.meaning.proposes": "le réseau peut le défaire",
    "player.meaning.holds": "mes traits tiennent",
    "player.answering": "Répondre à chaque trait",
    "player.answering_slow": "désactivé ici, où une réponse prend des secondes ; le grand bouton la donne",
    "player.samples": "Plusieurs réponses",
    "player.pixel": "Un pixel",
    "player.pixel.hint": "Passez sur l’image, ou touchez-la, et lisez pourquoi un bit a basculé.",
    "player.formula": "La formule",
    "player.depth.look": "Regarder",
    "player.depth.count": "Compter",
    "player.depth.derive": "Démontrer",
    "player.handles": "Changer ses nombres",
    "player.handles_hint": "Et si ce pixel avait un autre a priori, un autre bit, un autre doute, ou se trouvait à "
    "un autre temps ? La pièce reste la même.",
    "player.handles.time": "temps t",
    "player.handles.p": "a priori p",
    "player.handles.y": "le bit yₜ est allumé",
    "player.handles.eps": "doute ε̂",
    "player.handles.back": "Revenir à la trace",
    "player.strip": "Ce pixel sur toutes les étapes : sa probabilité d’être allumé, le nombre tiré, le bit",
    "player.strip.mean": "probabilité d’être allumé",
    "player.strip.u": "nombre tiré",
    "player.strip.bit": "bit après l’étape",
    "player.strip.mean_hint": "La barre : combien il est probable que le bit soit allumé après l’étape.",
    "player.strip.u_hint": "Le trait : le nombre au hasard. Sous le haut de la barre, le bit est allumé.",
    "player.strip.bit_hint": "Le carré : blanc allumé, noir éteint ; bleu et orange viennent de basculer.",
    "player.curves": "Au fil des étapes",
    "player.curve.flips": "bascules",
    "player.curve.flips_hint": "Combien de bits chaque étape allume (bleu) et éteint (orange).",
    "player.curve.area_hint": "Combien de l’image est allumé : dans les bits de l’étape (fin) et dans l’estimation "
    "(épais).",
    "player.curve.entropy_hint": "Combien l’estimation hésite, en bits par pixel : 0 est sûr, 1 est une pièce "
    "équitable.",
    "player.curve.alpha_bar_hint": "Ce qu’il reste du masque propre à chaque temps ; cela monte quand t descend.",
    "player.curve.dice_hint": "Le recouvrement avec la référence, de 0 à 1 : des bits (fin), de l’estimation (épais).",
    "player.curve.area": "aire, %",
    "player.curve.entropy": "entropie de l’estimation, bits",
    "player.curve.alpha_bar": "ᾱ : ce qu’il reste du masque propre",
    "player.curve.dice": "Dice",
    "player.curve.prior": "a priori",
    "player.prior": "A priori",
    "player.toss": "Pile ou face",
    "player.step": "Étape {number} sur {steps}",
    "player.answer": "Réponse",
    "player.stopped": "Arrêté",
    "player.fact.time": "temps t",
    "player.fact.time_start": "{t:d}",
    "player.fact.time_value": "{t:d} → {s:d}",
    "player.fact.alpha_bar": "ᾱ de t",
    "player.fact.alpha_bar_value": "{alpha_bar:.3g}",
    "player.fact.expected_value": "{expected}",
    "player.fact.expected": "bits douteux",
    "player.fact.area": "aire",
    "player.fact.prior_area": "aire de l’a priori",
    "player.fact.seconds": "calculé en",
    "player.fact.seconds_value": "{seconds:.1f} s",
    "player.fact.area_value": "{percent:.2f} % de l’image",
    "player.fact.chain": "chaîne",
    "player.fact.chain_value": "{chain} sur {samples}",
    "player.note": "{title} : {width:d} x {height:d} pixels, graine {seed:d}.",
    "player.note_whole": "{title} : {width:d} x {height:d} pixels, affiné en {wide:d} x {tall:d} bits, "
    "graine {seed:d}.",
    "player.note_lanes": "Dans les courbes, les traits pleins sont de la première piste, {first} ; les pointillés, "
    "de la seconde, {second}.",
    "player.note_closer": "{title} : {width:d} x {height:d} pixels, regard de près sur {across:d} x {down:d}, "
    "affiné en {wide:d} x {tall:d} bits, graine {seed:d}.",
    "player.js.alt": "{title}. {sentence}",
    "player.error.scribbles": "Ces traits ne sont pas ce qu’envoie le pinceau ; peignez-les dans le lecteur et "
    "réessayez.",
    "player.error.scribbles_size": "Les traits font {width:d} x {height:d} et l’image {across:d} x {down:d} ; "
    "peignez sur l’image montrée.",
    "player.js.toss": "y_T",
    "player.js.pane_image": "Photographie",
    "player.js.pane_bits": "Bits",
    "player.js.pane_guess": "L’estimation du réseau",
    "player.js.pane_doubt": "Le doute du réseau",
    "player.js.pane_mean": "Probabilité d’être allumé",
    "player.js.pane_prior": "L’a priori",
    "player.js.pane_noise": "Nombres au hasard",
    "player.js.pane_flips": "Bascules",
    "player.js.pane_errors": "Erreurs",
    "player.js.split": "a priori {percent} %, le reste la réponse",
    "player.js.measure_dice": "Dice avec la référence",
    "player.js.measure_guess_dice": "Dice de l’estimation",
    "player.js.hint.guess_dice": "Combien l’estimation et la référence se recouvrent : 1 est la même chose, 0 aucun "
    "pixel commun.",
    "player.js.measure_changed": "pixels changés",
    "player.js.of_pixels": "sur {pixels}",
    "player.js.since": "au lieu de {from}",
    "player.js.since_better": "au lieu de {from} : {by} de mieux",
    "player.js.since_worse": "au lieu de {from} : moins bien de {by}",
    "player.js.since_level": "au lieu de {from} : aussi bien",
    "player.js.hint.dice": "Combien masque et référence se recouvrent : 1 est la même chose, 0 aucun pixel commun.",
    "player.js.hint.changed": "Pixels allumés dans le masque de l’a priori et maintenant éteints, ou l’inverse.",
    "player.js.hint.time": "La chaîne compte à rebours depuis T : à T le masque est un tirage de l’a priori, à 0 il "
    "est propre.",
    "player.js.hint.alpha-bar": "Ce qu’il reste du masque propre au temps t. Le reste s’est fondu dans l’a priori.",
    "player.js.hint.expected": "La somme de tous les doutes : le débruiteur croit faux autant de bits. Moins "
    "basculent, car une étape ne fait qu’une partie du chemin et certains tirages gardent le bit.",
    "player.js.hint.area": "La part de l’image que couvre le masque.",
    "player.js.hint.prior_area": "La part de l’image que couvre le masque de l’a priori, avant tout affinage.",
    "player.js.hint.seconds": "La durée des étapes sur ce serveur, sans celle du segmenteur.",
    "player.js.hint.chain": "Chaque chaîne a son propre bruit ; la réponse est leur moyenne.",
    "player.js.hint.p": "L’a priori : la probabilité que ce pixel soit allumé, avant que la chaîne commence.",
    "player.js.hint.y": "Le bit au temps t, par lequel l’étape commence : 1 allumé, 0 éteint.",
    "player.js.hint.eps": "Le doute du débruiteur : la probabilité que ce bit soit faux.",
    "player.js.hint.y0": "L’estimation du masque propre : le bit, retourné autant qu’on en doute.",
    "player.js.hint.alpha": "Combien de la mémoire d’un bit garde l’étape de t à la suivante.",
    "player.js.hint.theta-1": "Combien un bit éteint expliquerait ce qu’on voit : l’indice pour éteint, pas encore "
    "divisé.",
    "player.js.hint.theta-2": "Combien un bit allumé expliquerait ce qu’on voit : l’indice pour allumé, pas encore "
    "divisé.",
    "player.js.hint.mean": "La probabilité que le bit soit allumé après cette étape : la moyenne a posteriori, de "
    "θ₁ et θ₂.",
    "player.js.hint.u": "La pièce : un nombre au hasard entre 0 et 1. Le bit est allumé s’il est sous μ.",
    "player.js.hint.out": "Le bit par lequel commence l’étape suivante.",
    "player.js.hint.answer": "La probabilité dans la réponse ; au-dessus d’un demi, le pixel est du masque.",
    "player.js.where": "ligne {row:d}, colonne {column:d}",
    "player.js.held": "fixé ; touchez encore pour lâcher",
    "player.js.bit_on": "allumé",
    "player.js.bit_off": "éteint",
    "player.js.out": "bit après",
    "player.js.answer": "réponse",
    "player.js.if": "si y₀ = 0 | 1",
    "player.js.below": "plus petit",
    "player.js.not_below": "pas plus petit",
    "player.js.why_prior": "L’a priori donne à ce pixel {percent} % de chances d’être allumé.",
    "player.js.why_start_on": "L’a priori donne {percent} %. Le nombre tiré, {u}, est plus petit que {p} : la "
    "chaîne commence avec ce bit allumé.",
    "player.js.why_start_off": "L’a priori donne {percent} %. Le nombre tiré, {u}, n’est pas plus petit que {p} : "
    "la chaîne commence avec ce bit éteint.",
    "player.js.why_flips": "Le bit était {before}. Le débruiteur le croit faux à {doubt} %, il l’estime donc allumé "
    "à {guess} % ; ainsi la probabilité d’être allumé après cette étape est {mean}. Le nombre tiré, {u}, est "
    "{relation} : le bit devient {after}.",
    "player.js.why_stays": "Le bit est {before}. Le débruiteur le croit faux à {doubt} %, il l’estime donc allumé à "
    "{guess} % ; ainsi la probabilité d’être allumé après cette étape est {mean}. Le nombre tiré, {u}, est "
    "{relation} : le bit reste {after}.",
    "player.js.why_last": "La dernière étape ne lance aucune pièce. Le bit était {before} et le débruiteur le croit "
    "faux à {doubt} % : il l’estime allumé à {guess} %, il finit donc {after}.",
    "player.js.why_answer_on": "La réponse : {percent} % allumé, plus d’un demi, le pixel est donc du masque. "
    "Bascules en chemin : {flips}.",
    "player.js.why_answer_off": "La réponse : {percent} % allumé, pas plus d’un demi, le pixel reste donc dehors. "
    "Bascules en chemin : {flips}.",
    "player.js.why_painted": "Une main a peint ce bit {bit}, et les bits peints tiennent à chaque étape.",
    "player.js.line_forward": "À l’entraînement : une étape garde un bit, ou le retire de l’a priori.",
    "player.js.line_marginal": "Beaucoup d’étapes pareilles en font une : par récurrence sur l’étape d’avant.",
    "player.js.line_start": "La chaîne commence par un tirage de l’a priori.",
    "player.js.line_guess": "L’estimation est le bit, retourné autant qu’on en doute.",
    "player.js.line_theta_off": "Le poids d’éteint : combien il explique le bit présent, fois ses propres chances.",
    "player.js.line_theta_on": "Le poids d’allumé, de même.",
    "player.js.line_posterior": "La règle de Bayes : le poids d’allumé parmi les deux, si le bit propre était connu.",
    "player.js.line_mean_ancestral": "Le bit propre n’est pas connu : les deux cas, mêlés comme le dit l’estimation.",
    "player.js.line_mean_plug_in": "Le raccourci publié : l’estimation est mise dans les poids comme si elle était "
    "un bit.",
    "player.js.line_mean_ddim": "L’étape à la manière de DDIM va vers l’estimation ; l’a priori n’y a pas part.",
    "player.js.line_toss": "Le bit suivant est un tirage de cette moyenne.",
    "player.js.line_last": "À la dernière étape aucune pièce n’est lancée : le bit est allumé où l’estimation "
    "dépasse un demi.",
    "player.js.line_no_step": "Allez à une étape de la chaîne, et les nombres de ce pixel seront ici.",
    "player.js.spoken_forward": "q de y t égal à un vaut alpha t fois le bit d’avant, plus un moins alpha t, fois p",
    "player.js.spoken_marginal": "q de y t égal à un, sachant y zéro, vaut alpha barre t fois y zéro, plus un moins "
    "alpha barre t, fois p",
    "player.js.spoken_start": "y grand T vaut un là où u est sous p",
    "player.js.spoken_guess": "y zéro chapeau est la distance entre y t et epsilon chapeau",
    "player.js.spoken_theta_off": "thêta un vaut alpha t fois un moins y t, plus un moins alpha t fois la distance "
    "de y t plus p à un ; tout cela fois alpha barre s fois un moins y zéro, plus un moins alpha barre s fois un "
    "moins p",
    "player.js.spoken_theta_on": "thêta deux vaut alpha t fois y t, plus un moins alpha t fois la distance de y t "
    "plus p à un ; tout cela fois alpha barre s fois y zéro, plus un moins alpha barre s fois p",
    "player.js.spoken_posterior": "pi de y zéro est thêta deux sur la somme de thêta un et thêta deux",
    "player.js.spoken_mean_ancestral": "mu vaut y zéro chapeau fois pi de un, plus un moins y zéro chapeau, fois pi "
    "de zéro",
    "player.js.spoken_mean_plug_in": "mu est thêta deux sur la somme de thêta un et thêta deux",
    "player.js.spoken_mean_ddim": "mu vaut sigma fois y t, plus alpha barre s moins sigma fois alpha barre t, fois y "
    "zéro chapeau",
    "player.js.spoken_toss": "y s vaut un là où u est sous mu",
    "player.js.counted_guess": "Le bit est {y} et son doute {eps}, l’estimation est donc {y0}.",
    "player.js.counted_mean_ancestral": "Le bit propre allumé, la règle de Bayes donne {ifOn} ; éteint, {ifOff} ; "
    "mêlés selon l’estimation {y0}, cela fait {mu}.",
    "player.js.counted_mean_plug_in": "Les poids sont {theta1} pour éteint et {theta2} pour allumé : {mu}.",
    "player.js.counted_mean_ddim": "Du bit {y} vers l’estimation {y0} : {mu}.",
    "player.js.counted_toss": "Le nombre tiré est {u} et la moyenne {mu} : le bit est {ys}.",
    "player.js.handled": "Avec ces nombres le bit est {after} après l’étape.",
    "player.js.handled_same": "Ce sont les nombres de la trace même : le bit est {after} après l’étape.",
    "player.js.other_mean": "μ, {rule}",
    "player.js.rule_ancestral": "exacte",
    "player.js.rule_plug_in": "telle que publiée",
    "player.js.rule_ddim": "à la manière de DDIM",
    "player.js.axis_prior": "a priori",
    "player.js.axis_answer": "réponse",
    "player.js.only": "seulement dans {lane}",
    "player.js.sample": "Échantillon {number:d}",
    "player.js.samples_mean": "Part des échantillons",
    "player.js.samples_disagreement": "Désaccord",
    "player.js.samples_area": "Aires : {span} % de l’image.",
    "player.js.samples_dice": "Dice : {span}.",
    "player.js.representative": "s’accorde le mieux avec les autres",
    "player.js.samples_star": "★ s’accorde le mieux avec les autres.",
    "say.prior": "L’a priori, que la chaîne doit affiner : dans la ligne, chaque pixel est plus probablement du "
    "{object} que non.",
    "say.prior_painted": "L’a priori avec vos traits, d’où part la chaîne : dans la ligne, chaque pixel est plus "
    "probablement du {object} que non.",
    "say.toss": "Le tirage y_T : chaque pixel lance sa propre pièce, chargée de la probabilité de l’a priori. {on} "
    "bits sur {bits} tombent allumés.",
    "say.toss_looks": "Le tirage y_T : chaque pixel lance sa propre pièce, chargée de la moyenne de l’a priori et de "
    "ce que le segmenteur voit de plus près. {on} bits sur {bits} tombent allumés.",
    "say.first": "Le débruiteur voit les bits tirés. Il en croit {expected} sur {bits} faux ; cette étape en allume "
    "{on} et en éteint {off}.",
    "say.step": "Le débruiteur croit {expected} bits sur {bits} faux ; cette étape en allume {on} et en éteint {off}.",
    "say.step_left": "Le réseau n’est pas interrogé : l’estimation reste, et d’après elle {expected} bits sur {bits} "
    "seraient faux. Cette étape en allume {on} et en éteint {off}.",
    "say.last": "Plus aucune pièce n’est lancée : un bit est allumé où l’estimation dépasse un demi. {on} "
    "s’allument, {off} s’éteignent.",
    "say.answer": "La réponse. {change}",
    "say.answer_mean": "La réponse est la moyenne des {steps} estimations. {change}",
    "say.answer_blend": "La réponse est la moyenne des {steps} estimations, à mi-chemin de l’a priori. {change}",
    "say.answer_many": "La réponse est la moyenne de {samples} chaînes, dont les aires vont de {low:.2f} à "
    "{high:.2f} %. {change}",
    "say.stopped": "Arrêté après {done} étapes sur {steps} : voici l’estimation jusqu’ici. {change}",
    "say.alone": "La réponse du segmenteur par toutes ses vues ; rien n’a été affiné. {change}",
    "say.change": "Pixels de l’image ajoutés à l’a priori : {on} ; ôtés : {off}.",
    "say.looks": "Le regard de plus près en a changé {looks} avant la première étape, la chaîne {chain}.",
    "say.nothing": "Rien n’a été trouvé : aucun bit n’est plus probablement allumé qu’éteint.",
    "stroke.added_none": "Vous avez allumé {painted} pixels : le réseau les a tous gardés.",
    "stroke.added_none#one": "Vous avez allumé 1 pixel : le réseau l’a gardé.",
    "stroke.added_some": "Vous avez allumé {painted} pixels : le réseau en a repris {back}.",
    "stroke.added_all": "Vous avez allumé {painted} pixels : le réseau les a tous repris.",
    "stroke.added_all#one": "Vous avez allumé 1 pixel : le réseau l’a repris.",
    "stroke.erased_none": "Vous avez effacé {painted} pixels : aucun n’est revenu.",
    "stroke.erased_none#one": "Vous avez effacé 1 pixel : il n’est pas revenu.",
    "stroke.erased_some": "Vous avez effacé {painted} pixels : {back} sont revenus.",
    "stroke.erased_all": "Vous avez effacé {painted} pixels : tous sont revenus.",
    "stroke.erased_all#one": "Vous avez effacé 1 pixel : il est revenu.",
    "stroke.nothing": "Vos traits n’ont rien changé : l’a priori l’avait déjà ainsi.",
    "stroke.holds": "Vos {painted} pixels peints tiennent.",
    "stroke.holds#one": "Votre pixel peint tient.",
    "stroke.others": "Par rapport à l’a priori, {others} autres ont changé.",
    "stroke.others#one": "Par rapport à l’a priori, 1 autre a changé.",
    "stroke.others_none": "Par rapport à l’a priori, aucun autre n’a changé.",
    "about.tab": "À propos",
    "about.chain": "De la photographie au masque",
    "about.chain_alt": "Une photographie devient un a priori, l’a priori un masque de bits tirés, et des étapes "
    "répétées en font la réponse.",
    "about.figure.image": "image",
    "about.figure.prior": "a priori p",
    "about.figure.mask": "bits",
    "about.figure.answer": "réponse",
    "about.figure.segmentor": "segmenteur",
    "about.figure.toss": "tirage",
    "about.figure.steps": "T étapes",
    "about.equation.forward": "Le processus direct fond le vrai masque dans l’a priori ; B est la loi de Bernoulli, "
    "une pièce par pixel.",
    "about.equation.start": "La chaîne commence par un tirage de l’a priori ; u est un nombre au hasard entre 0 et 1.",
    "about.equation.guess": "Le doute du débruiteur retourne des bits : son estimation du masque propre.",
    "about.equation.mean": "La règle de Bayes pèse l’estimation avec les bits et l’a priori : la probabilité que le "
    "bit suivant soit allumé.",
    "about.equation.next": "Le masque suivant en est un tirage.",
    "about.results": "Ce qui a été mesuré",
    "about.results_info": "Dice sur des images de test à leur taille ; entre crochets, un intervalle à 95 % de la "
    "moyenne sur les images.",
    "about.column.set": "jeu de données",
    "about.column.cases": "images",
    "about.column.prior": "segmenteur",
    "about.column.refined": "affiné",
    "about.column.change": "changement",
    "about.cite": "Citer",
    "about.cite_copy": "Copier le BibTeX",
    "about.links": """
## À lire

- [HiDiff](https://arxiv.org/abs/2407.03548), l’article : le masque d’un segmenteur, affiné par diffusion de
  Bernoulli
- [BerDiff](https://arxiv.org/abs/2304.04429), la même chaîne à partir du bruit seul
- [D3PM](https://arxiv.org/abs/2107.03006), la diffusion d’états discrets en général
""",
    "about.body": """
## Ce que vous voyez

1. **L’a priori.** Un segmenteur regarde l’image, pour certaines tâches aussi en miroir, et donne à chaque pixel
   une probabilité.
2. **La chaîne.** Un masque est tiré de l’a priori : une pièce lancée par pixel. Un débruiteur binaire regarde alors
   l’image, le masque et l’a priori, dit quels bits sont sans doute faux, et un nouveau masque est tiré. Cela se
   répète jusqu’à t = 1.
3. **La réponse.** Ce que croit le débruiteur, coupé à un demi : à la fin, ou en moyenne sur toutes les étapes,
   selon ce qui servait le mieux quand les poids ont été choisis. Avec plusieurs échantillons, c’est leur moyenne.

On dit au débruiteur **de qui vient l’a priori** : du segmenteur, de n’importe qui (le bruit, un a priori gâté, le
masque d’un outil quelconque, ce que vous avez peint comme proposition), ou accompagné de traits qui comptent. L’a
priori d’un segmenteur est juste presque partout, on retient donc peu de la correction ; pour les vaisseaux rien du
tout, car l’affinage n’y a pas fait mieux que son a priori. Des traits qui comptent, sur un objet plein, trouvent la
réponse qu’ils désignent.

*Contour* : le masque auquel croit le débruiteur à cette étape. *Bleu* : les bits que l’étape allume. *Orange* :
ceux qu’elle éteint. *Bits* : le masque y<sub>t</sub> lui-même, bruit compris. *Estimation* : la probabilité que le
débruiteur donne au masque propre. Sur la réponse, bleu et orange la comparent à l’a priori.

Là où l’a priori a trouvé quelque chose de petit, la chaîne travaille dans une fenêtre autour, découpée dans les
pixels d’origine : *Regarder de plus près*. Les fichiers à télécharger ont toujours la taille de votre image.

## Ce que vous pouvez changer

- **Partir d’un autre masque** : le vôtre, de n’importe quel outil, auquel on se fie autant que vous le dites ; le
  bruit, c’est BerDiff, la chaîne sans a priori ; ou la proposition du segmenteur, gâtée exprès. Ou peignez sur
  l’image : ce que vous peignez est une proposition que le réseau peut défaire, ou bien cela compte et, sur un objet
  plein, parle aussi pour ce qui est à côté.
- **Comparer deux réglages** côte à côte, au même rythme. Les deux pistes rencontrent les mêmes nombres au hasard :
  ce qui diffère à la fin vient de ce qui a été changé.
- **Plusieurs réponses** : des chaînes ayant chacune son bruit. Là où elles s’accordent, le modèle est sûr de lui,
  ce qui ne veut pas dire qu’il a raison.
- **À emporter** : masques, images, la trace avec chaque nombre, et les réglages d’où l’on refait les mêmes octets,
  avec la ligne de commande qui le fait.

La méthode est HiDiff (Chen, Wang, Chen, Lei, Shan : IEEE TMI 2024, arXiv 2407.03548).

## Depuis un programme

`/prior`, `/refine` (envoie ses étapes une à une) et `/refine_prior` (part de votre masque) s’appellent avec
`gradio_client` ; le lien vers l’API au bas de cette page dit ce qu’ils prennent et ce qu’ils donnent.

## Vos images

Une image envoyée est lue sur ce serveur, gardée une heure environ pour que vous puissiez télécharger le résultat,
puis effacée. Rien n’est enregistré.
""",
    "about.weights": "Poids",
    "weights.folder": "Poids pour {task} : un dossier de ce serveur.",
    "weights.unknown": "Poids pour {task} : faits dans ce processus.",
    "about.failures": "Échecs connus",
    "about.examples": "Exemples",
    "about.example": "{title}{synthetic} : {source}. Licence : {licence}. {note}",
    "about.example_short": "{source}. Licence : {licence}.",
    "about.synthetic": " (synthétique)",
    "error.image_missing": "Il n’y a pas d’image ; envoyez-en une comme fichier.",
    "error.address": "Ce serveur ne va chercher aucune adresse ; envoyez l’image elle-même comme fichier.",
    "error.task": "Il n’y a pas ici de tâche nommée {task!r} ; choisissez parmi {tasks}.",
    "error.canvas": "{name} devrait être agrandie au-delà de {limit} millions de pixels, car son champ de vision la "
    "remplit trop peu ; recadrez-la et réessayez.",
    "error.no_scribbles": "Rien n’a été peint, il n’y a donc pas de traits à garder.",
    "error.no_reference": "Il n’y a pas de référence à quoi comparer ; apportez d’abord un masque de référence.",
    "error.nothing_of_yours": "Il n’y a ni masque ni trait de vous à laisser de côté ; apportez un masque ou "
    "peignez, puis comparez.",
    "error.no_step": "Aucune étape n’a été faite, il n’y a donc rien de tel ; affinez d’abord.",
    "error.kind": "Il n’y a pas ici de fichier du genre {kind!r}.",
    "error.difference": "Deux pistes ne peuvent pas différer ici par {difference!r} ; choisissez parmi ce qui est "
    "offert.",
    "error.backend": "Il n’y a pas de moteur nommé {backend!r} ; choisissez packed ou simulation.",
    "error.samples_here": "{name} est trop grande pour tant d’échantillons à la fois ; choisissez-en {limit} au plus.",
    "error.work": "{name} avec ces réglages prendrait ici environ {seconds} secondes, et {limit} sont permises ; "
    "choisissez moins d’échantillons, moins d’étapes ou les bits compacts.",
    "error.trace_size": "La trace entière dépasserait les {limit} Mo que fait ce serveur ; prenez la trace légère, "
    "d’où découlent les mêmes étapes.",
    "error.explain_size": "{name} avec tant d’échantillons et d’étapes est trop grande pour être expliquée ; "
    "choisissez-en moins.",
    "error.switch": "{name} n’est ni true ni false ; donnez l’un des deux.",
    "error.call": "Cela n’a pas pu être compris ; vérifiez ce qui a été envoyé et recommencez.",
    "server.too_large": "C’est plus grand que les {limit:g} Mo permis ; envoyez moins et recommencez.",
    "server.no_endpoint": "Il n’y a pas ici de tel point d’accès ; la page de l’API les énumère.",
    "server.no_json": "Ce n’est pas un JSON qui puisse avoir un sens ; vérifiez ses nombres et son imbrication, puis "
    "recommencez.",
    "server.session": "Le nom d’une session est un mot de 128 lettres au plus ; choisissez-en un autre.",
    "server.host": "Ce serveur ne répond pas à ce nom ; ouvrez-le à sa propre adresse. (Qui le fait tourner peut en "
    "nommer d’autres dans HIDIFF_HOSTS.)",
    "server.origin": "La page d’un autre site ne peut rien envoyer à ce serveur ; ouvrez sa propre page.",
    "server.disk": "Trop a été envoyé en une heure ; revenez dans {minutes} minutes.",
    "server.closing": "Le serveur est en train de s’arrêter ; réessayez quand il sera revenu.",
    "server.full": "{waiting} travaux attendent déjà ; revenez dans {seconds} secondes environ.",
    "server.full_title": "Occupé",
    "server.no_space": "Ce serveur n’a plus de place pour un fichier ; revenez dans une heure, quand les anciens "
    "seront effacés.",
    "server.time_limit": "L’affinage a été arrêté après {seconds:g} secondes, comme par « Arrêter » ; ce qui est "
    "fait compte.",
    "library.weights_alone": "Poids pour {task} : la copie fournie (aucun dépôt du Hub n’est indiqué).",
    "library.weights_embedded": "Poids pour {task} : la copie fournie ({reason}).",
    "library.weights_hub": "Poids pour {task} : dépôt {repo} du Hub, version {commit}.",
    "library.broken": "{name} n’a pas pu être décodé ; il est peut-être endommagé : enregistrez-le à nouveau en PNG "
    "et réessayez.",
    "library.cut": "{name} est endommagé ou tronqué ; enregistrez-le à nouveau depuis sa source et réessayez.",
    "library.unknown": "{name} n’est pas une image lisible ici ; choisissez PNG, JPEG, WebP, BMP ou TIFF.",
    "library.empty_file": "{name} est vide ; choisissez une image PNG, JPEG, WebP, BMP ou TIFF.",
    "library.gone": "{name} est introuvable ; vérifiez le chemin et réessayez.",
    "library.too_many_bytes": "{name} fait {size} Mo, plus que les {limit} Mo permis ; réduisez-le et réessayez.",
    "library.too_many_pixels": "{name} a {size} pixels, plus que les {limit} mégapixels permis ; réduisez-la et "
    "réessayez.",
    "library.out_of_range": "{name} contient des valeurs hors de 0..1 et 0..255 ; ramenez-les à l’échelle et "
    "réessayez.",
    "library.proportions": "{name} fait {size} et l’image {other}, ce sont d’autres proportions ; choisissez le "
    "masque de cette image, à sa taille ou mis à l’échelle en entier.",
    "library.resampled": "{name} fait {size} et a été ramené aux {other} de l’image.",
    "library.sizes": "{name} fait {size} et {other} {wanted} ; donnez une même taille aux deux.",
    "library.photograph": "{name} ressemble à une photographie et non à un masque : il a beaucoup de couleurs ou de "
    "gris.",
    "library.inverted": "{name} couvre {percent} % de l’image ; il est peut-être inversé.",
    "library.nothing_on": "{name} est vide : aucun pixel n’est allumé.",
    "library.all_on": "{name} est allumé partout.",
    "library.little_on": "{name} est presque vide : {on} de ses {total} pixels sont allumés.",
    "library.little_off": "{name} est presque plein : tous sauf {off} de ses {total} pixels sont allumés.",
    "library.whole": "{name} vaut {value} ; choisissez un nombre entier de {low} à {high}.",
    "lesson.survives.discuss_one": "Sur quelle partie auriez-vous parié, et qu’est-ce qui dans l’image vous y a "
    "conduit ?",
    "lesson.survives.discuss_two": "La même partie resterait-elle avec une autre graine ? Essayez-en trois et dites "
    "pourquoi.",
    "lesson.survives.title": "Quelle partie survit ?",
    "lesson.survives.idea": "La chaîne garde ce que l’image soutient et lâche le reste.",
    "lesson.survives.ask": "Ce contour a été abîmé exprès. Quelle partie sera encore là à la fin ?",
    "lesson.survives.vanishes": "Vous avez fait confiance au contour. Le débruiteur regarde aussi l’image, et n’y a "
    "rien trouvé qui tienne cette partie.",
    "lesson.survives.because": "De tout ce qui était entouré, {kept_of_prior} est encore allumé dans la réponse.",
    "lesson.survives.kept": "Des pixels du premier contour, quelle part est encore allumée dans la réponse ?",
    "lesson.survives.all": "Vous attendiez que tout reste. L’a priori n’est que le départ de la chaîne : chaque "
    "étape peut retourner n’importe quel bit.",
    "lesson.survives.none": "Vous attendiez que rien ne reste. La chaîne ne recommence pas : elle part de l’a "
    "priori et le répare.",
    "lesson.survives.kept_because": "{kept_of_prior} du premier contour est encore allumé.",
    "lesson.survives.text": "Le contour est l’a priori : une carte de probabilités. La chaîne lance une pièce pour "
    "chaque pixel, et un débruiteur dit, étape après étape, quels bits semblent faux dans cette image. Ce qu’il "
    "peut voir, il le garde.",
    "lesson.coin.discuss_one": "Où dans l’image se trouvent les pièces qui comptent ?",
    "lesson.coin.discuss_two": "Pourquoi ne pas prendre simplement le contour à un demi ? De quoi un segmenteur "
    "aurait-il besoin pour que cette leçon soit inutile ?",
    "lesson.coin.title": "Un masque est une pièce dans chaque pixel",
    "lesson.coin.idea": "L’a priori donne les chances, et la chaîne part d’un lancer de toutes les pièces.",
    "lesson.coin.ask": "Les {all_bits} pixels vont être lancés, chacun selon ses chances. Combien tomberont sur "
    "éteint dans le contour, ou sur allumé dehors ?",
    "lesson.coin.fair": "Vous attendiez des pièces équitables. Ce serait du pur bruit, le départ de BerDiff. Ici "
    "chaque pièce est chargée de l’a priori.",
    "lesson.coin.threshold": "Vous attendiez le contour lui-même. Un a priori n’est pas un masque fini : même un "
    "pixel sûr garde une petite chance.",
    "lesson.coin.undecided": "Vous avez compté chaque pixel indécis. Un tel pixel peut basculer, mais la plupart "
    "tombent de leur côté probable.",
    "lesson.coin.because": "{tossed_across} sont tombés autrement que le contour. Les chances seules disent "
    "{tossed_across_expected}.",
    "lesson.coin.one": "Un pixel a une chance de {coin_p} d’être allumé. Avec {seeds} graines, dans quelle part des "
    "lancers l’est-il ?",
    "lesson.coin.one_because": "Il l’était dans {coin_on} des {seeds} lancers, tous faits ici, dans votre "
    "navigateur. Plus il y en a, plus on approche de {coin_p}.",
    "lesson.coin.text": "Pour chaque pixel on tire un nombre u au hasard entre zéro et un. Le bit est allumé si "
    "u est sous la probabilité p. Là où p est près de zéro ou de un, la pièce est presque décidée ; en jeu sont "
    "celles d’entre deux : le long du contour, et partout où l’a priori est gris. La variance d’un bit est p fois un "
    "moins p : la plus grande à un demi.",
    "lesson.forgetting.discuss_one": "Montrez que deux pas en avant en font un. Que reste-t-il après un très grand "
    "nombre ?",
    "lesson.forgetting.discuss_two": "Quel choix de p donne BerDiff ? Et que doit apprendre sa chaîne de plus que "
    "celle-ci ?",
    "lesson.forgetting.title": "Oublier vers l’a priori",
    "lesson.forgetting.idea": "À l’entraînement, le vrai masque est oublié bit par bit, mais il finit à l’a priori, "
    "pas dans la neige.",
    "lesson.forgetting.ask": "À l’entraînement, le vrai masque est oublié jusqu’à ce que seul l’a priori reste. "
    "Combien des {all_bits} bits sont alors faux ?",
    "lesson.forgetting.random": "Vous attendiez que l’oublié soit du hasard. Les bits oubliés sont retirés de l’a "
    "priori, et l’a priori est le plus souvent juste.",
    "lesson.forgetting.nothing": "Vous attendiez que rien ne se perde. Le masque est perdu, et l’a priori n’est pas "
    "le masque.",
    "lesson.forgetting.erased": "Vous attendiez que le masque soit effacé. Ses bits ne sont pas éteints : ils sont "
    "retirés de l’a priori.",
    "lesson.forgetting.because": "{forgotten_to_prior} bits sont faux. L’a priori est un bien meilleur départ que "
    "la neige.",
    "lesson.forgetting.coin": "Et si l’on oubliait vers des pièces équitables : combien de bits seraient faux ?",
    "lesson.forgetting.same": "Vous attendiez encore le nombre de l’a priori. Une pièce équitable ne sait rien de "
    "l’image, elle se trompe donc une fois sur deux.",
    "lesson.forgetting.coin_because": "{forgotten_to_coin} bits sur {all_bits} : environ un sur deux. C’est "
    "BerDiff. Vers l’a priori c’était {forgotten_to_prior}.",
    "lesson.forgetting.half": "À quel temps t la moitié environ du vrai masque est-elle oubliée ?",
    "lesson.forgetting.early": "Vous attendiez que presque tout parte d’un coup. Le calendrier commence lentement.",
    "lesson.forgetting.late": "Vous attendiez que cela dure jusqu’au bout. Il ne reste alors presque rien du masque.",
    "lesson.forgetting.half_because": "Des temps de cette chaîne, t = {half_forgotten_time} laisse la part la plus "
    "proche d’un demi.",
    "lesson.forgetting.text": "Au temps t un bit est allumé avec la probabilité ᾱ fois le vrai bit plus un moins ᾱ "
    "fois p. Quand ᾱ tombe à zéro, seul p reste. On n’oublie qu’à l’entraînement : quand vous pressez « Affiner », "
    "la chaîne va dans l’autre sens.",
    "lesson.doubt.discuss_one": "Pourquoi le réseau prédit-il l’erreur et non le masque ?",
    "lesson.doubt.discuss_two": "Si les doutes étaient honnêtes, que dirait leur somme ? Où un réseau serait-il "
    "récompensé de toujours dire non ?",
    "lesson.doubt.title": "Quels bits sont faux ?",
    "lesson.doubt.idea": "Le débruiteur ne dessine pas de masque. Il dit de chaque bit combien il est probable "
    "qu’il soit faux.",
    "lesson.doubt.ask": "Vous voyez les premiers bits de la chaîne. Montrez l’endroit dont le débruiteur doute le "
    "plus.",
    "lesson.doubt.undecided": "Vous avez regardé où l’a priori hésite. Le débruiteur regarde le bit tiré et l’image "
    ": d’un bit du mauvais côté d’un bord net, il doute davantage.",
    "lesson.doubt.flips": "Vous avez regardé ce qui bascule à cette étape. Le doute est une opinion ; qu’un bit "
    "bascule, une pièce le décide.",
    "lesson.doubt.because": "En tout il doute de {doubted_bits} bits. Les endroits les plus clairs sont ceux dont "
    "il doute le plus.",
    "lesson.doubt.count": "Sur {all_bits} bits, combien le débruiteur en croit-il faux à la première étape, si l’on "
    "additionne tous ses doutes ?",
    "lesson.doubt.yes_no": "Vous avez compté les bits dont il doute à plus d’un demi. Les petits doutes comptent "
    "aussi : beaucoup de petits font une grande somme.",
    "lesson.doubt.correction": "Vous avez compté ce qui change de l’a priori à la réponse. Le doute porte sur les "
    "bits de cette étape, et ils viennent d’être tirés.",
    "lesson.doubt.any": "Vous l’attendiez perdu. Les premiers bits viennent de l’a priori, et la plupart sont justes.",
    "lesson.doubt.trusts": "Vous n’attendiez aucun doute. Les bits ont été tirés, certains sont donc faux, et le "
    "débruiteur le sait.",
    "lesson.doubt.count_because": "{doubted_bits} selon la somme de ses doutes. {doubted_that_stay} bits mis en "
    "doute à plus d’un demi restent pourtant, et {trusted_that_flip} auxquels il se fie basculent : chaque étape "
    "lance encore ses pièces.",
    "lesson.doubt.text": "Le réseau répond à une question : ce bit est-il faux ? Du bit et du doute suit son "
    "estimation du masque propre : retourner le bit autant qu’on en doute. Si ses doutes sont honnêtes, leur somme "
    "est le nombre de bits faux.",
    "lesson.bayes.discuss_one": "Quand les deux règles sont-elles d’accord ? Essayez avec les poignées.",
    "lesson.bayes.discuss_two": "Quel témoin l’emporte quand p tend vers zéro ? Pourquoi la dernière étape se "
    "fait-elle sans pièce ?",
    "lesson.bayes.title": "Bayes en un pixel",
    "lesson.bayes.idea": "Une étape pèse trois témoins : le bit tel qu’il est, l’estimation et l’a priori.",
    "lesson.bayes.ask": "Regardez le pixel entouré, à t = {gap_time}. Son bit est {gap_bit} (un est allumé), le "
    "débruiteur en doute de {gap_doubt}, et l’a priori lui donne {gap_p}. Avec quelle chance le bit est-il allumé "
    "après cette étape, d’après la règle de Bayes ?",
    "lesson.bayes.decides": "Vous avez laissé le débruiteur décider seul. Son estimation est un témoin ; le bit et "
    "l’a priori sont entendus aussi.",
    "lesson.bayes.plug_in": "C’est ce qu’on obtient en mettant l’estimation dans la règle de Bayes comme si elle "
    "était un bit. Ainsi la règle fut publiée. La règle exacte pèse les deux bits propres possibles.",
    "lesson.bayes.ddim": "C’est la règle à la manière de DDIM, qui n’entend pas l’a priori.",
    "lesson.bayes.because": "{mean_exact} par la règle exacte. Le raccourci publié donne {mean_plug_in}, et le "
    "débruiteur seul dirait {mean_guess}. De tous les pixels et étapes de cette chaîne, c’est ici que les deux "
    "règles diffèrent le plus.",
    "lesson.bayes.flips": "L’étape de l’image part de t = {gap_time}. Combien des {all_bits} bits devraient y "
    "basculer, d’après la règle de Bayes ?",
    "lesson.bayes.flips_because": "On en attend {expected_flips} par la règle exacte, et "
    "{expected_flips_plug_in} par le raccourci publié, qui met l’estimation dans la règle comme si c’était un bit. "
    "Le débruiteur doute de {doubted_at_gap}.",
    "lesson.bayes.text": "Le bit propre est allumé ou éteint. Pour chaque cas la règle de Bayes donne une chance, "
    "et l’estimation dit comment les mêler. Mettre l’estimation elle-même dans la règle n’est pas pareil, car la "
    "règle divise par une somme qui dépend du bit propre. Quand l’estimation est sûre, les deux s’accordent.",
    "lesson.motion.discuss_one": "Pourquoi les bits collent-ils de plus en plus en route, et pourquoi les bascules "
    "ne cessent-elles pas à la fin ?",
    "lesson.motion.discuss_two": "Pourquoi une chaîne peut-elle sauter des étapes, et qu’y perd-elle ?",
    "lesson.motion.title": "Comment bouge une chaîne",
    "lesson.motion.idea": "La plupart des bits ne basculent jamais, et les bascules ne s’éteignent pas simplement.",
    "lesson.motion.ask": "Quelle courbe montre le nombre de bascules de la première étape à la dernière ?",
    "lesson.motion.falling": "Vous attendiez que chaque étape fasse moins que la précédente. Ce sont les mêmes "
    "nombres, triés. Chaque étape relance des pièces, et vers la fin l’estimation pèse plus.",
    "lesson.motion.constant": "Vous attendiez que chaque étape fasse autant. Combien un bit tient change avec le "
    "temps.",
    "lesson.motion.ddim": "C’est ce que l’échantillonneur à la manière de DDIM basculerait sur les mêmes bits. Il "
    "en garde davantage.",
    "lesson.motion.because": "{flips_in_all} bascules en tout, comptées sur cette chaîne.",
    "lesson.motion.never": "Quelle part de tous les bits ne bascule jamais, dans toute la chaîne ?",
    "lesson.motion.half": "Vous attendiez qu’un bit sur deux bouge. Les pièces ne sont en jeu qu’où l’a priori ou "
    "le débruiteur hésite.",
    "lesson.motion.repainted": "Vous attendiez que toute l’image soit repeinte. Une pièce chargée tombe le plus "
    "souvent comme avant.",
    "lesson.motion.never_because": "{never_flipped} des bits ne basculent jamais. Ce qui bouge est le long des "
    "bords et où l’a priori était faux.",
    "lesson.motion.text": "À la première étape presque rien n’est retenu, c’est donc un second lancer. Plus tard un "
    "bit garde davantage de lui-même. Vers la fin la moyenne suit l’estimation, et ce qui est encore faux est "
    "retourné.",
    "lesson.votes.discuss_one": "Pourquoi une moyenne d’estimations qui se ressemblent aide-t-elle quand même ?",
    "lesson.votes.discuss_two": "Qu’est-ce qui tromperait toutes les chaînes à la fois ? L’accord veut-il alors dire "
    "quelque chose ?",
    "lesson.votes.title": "Chaque étape vote",
    "lesson.votes.idea": "La moyenne de toutes les estimations est souvent plus sûre que la dernière. Une image ne "
    "prouve rien.",
    "lesson.votes.ask": "Qu’est-ce qui est le plus proche de la référence sur cette image ?",
    "lesson.votes.prior": "L’a priori, avant toute étape",
    "lesson.votes.first": "L’estimation de la première étape",
    "lesson.votes.last": "L’estimation de la dernière étape",
    "lesson.votes.mean": "La moyenne des estimations de toutes les étapes",
    "lesson.votes.because": "Dice avec la référence : a priori {dice_prior}, dernière estimation {dice_last}, "
    "moyenne {dice_mean}. Sur une autre image l’ordre peut s’inverser.",
    "lesson.votes.two": "Qu’est-ce qui est plus proche de la référence sur cette image ?",
    "lesson.votes.two_because": "Dice avec la référence : première estimation {dice_first}, dernière {dice_last}. "
    "Sur une autre image ce peut être l’inverse.",
    "lesson.votes.text": "Les estimations d’une chaîne se trompent en partie pareillement et en partie par hasard. "
    "La moyenne ôte ce qui est hasard. Ce que toutes ont faux reste faux : s’accorder n’est pas avoir raison.",
    "lesson.engine.discuss_one": "Pourquoi y a-t-il moins de paires au bord ?",
    "lesson.engine.discuss_two": "Qu’est-ce qui dans ce réseau doit rester un nombre réel ? Qui paie les signes à "
    "l’entraînement ?",
    "lesson.engine.title": "Un bit pour de vrai",
    "lesson.engine.idea": "Avec des signes seuls, multiplier et additionner, c’est demander combien s’accordent.",
    "lesson.engine.ask": "Voici les signes qu’une convolution binaire voit en un endroit, et ses poids. "
    "{layer_agree} sur {layer_seen} s’accordent. Que donne la convolution ?",
    "lesson.engine.count": "Vous avez compté ce qui s’accorde. Ce qui diffère compte aussi : chaque paire pareille "
    "ôte un.",
    "lesson.engine.all": "Vous avez compté chaque paire comme plus un. Cela n’arrive que si toutes s’accordent.",
    "lesson.engine.average": "Vous avez pris une part. Une convolution additionne ses produits ; rien n’est divisé.",
    "lesson.engine.because": "{layer_sum} : deux fois ceux qui s’accordent, moins tous. Nul besoin de multiplier, "
    "il suffit de voir quels bits sont égaux et de compter.",
    "lesson.engine.bits": "Écrivez allumé comme plus un et éteint comme moins un, multipliez chacun des {all_bits} "
    "premiers bits de la chaîne par le bit de la réponse au même endroit, et additionnez. {bits_agree} s’accordent. "
    "Quelle est la somme ?",
    "lesson.engine.bits_because": "{bits_sum} : deux fois ceux qui s’accordent, moins tous. Les convolutions du "
    "débruiteur comptent ainsi, sur leurs propres signes.",
    "lesson.engine.text": "Signe fois signe est plus un où ils sont égaux et moins un où ils diffèrent. La somme "
    "des produits est donc deux fois le nombre de paires égales moins celui de toutes. XNOR marque les paires "
    "égales, et compter des marques est une seule instruction. Au bord il manque des signes, les paires y sont donc "
    "moins nombreuses. Le panneau du moteur chronomètre les deux manières sur cette image et compte les bits qui "
    "diffèrent.",
    "lesson.limits.discuss_one": "Pixel, lésion, patient : duquel parle une part de pixels justes ?",
    "lesson.limits.discuss_two": "Quel échec nuirait à qui ? Que devrait voir une clinique avant de s’en servir ?",
    "lesson.limits.title": "Quand cela n’aide pas",
    "lesson.limits.idea": "L’affinage répare bien des contours et en abîme quelques-uns. Il ne pose jamais de "
    "diagnostic.",
    "lesson.limits.kept": "Une partie du premier contour est fausse d’après la référence. Quelle part en est encore "
    "allumée dans la réponse ?",
    "lesson.limits.half": "Vous attendiez un pile ou face. Les pièces sont chargées de ce que voit le débruiteur : "
    "il garde une partie fausse ou la lâche.",
    "lesson.limits.mends": "Vous attendiez que chaque erreur soit réparée. Ce qui semble vrai au débruiteur, il le "
    "garde.",
    "lesson.limits.kept_because": "{kept_of_false} de la partie fausse est encore allumé.",
    "lesson.limits.ask": "Ces poids ont été mesurés sur {reported_cases} images de test ({task}) qu’ils n’avaient "
    "jamais vues. Sur quelle part d’entre elles le masque affiné était-il meilleur que son a priori ?",
    "lesson.limits.always": "Vous attendiez que cela aide toujours. Affiner change aussi des contours qui étaient "
    "justes.",
    "lesson.limits.never": "Vous attendiez que cela n’aide jamais. L’a priori laisse à réparer sur bien des images.",
    "lesson.limits.because": "Meilleur sur {reported_better}, moins bon sur {reported_worse}. Dice change de "
    "{reported_gain} en moyenne ; l’intervalle va de {reported_low} à {reported_high}.",
    "lesson.limits.text": "Les chances portent sur les pixels de quelques hôpitaux et appareils. Elles ne disent "
    "rien d’un patient. Devant une image d’autre chose, le réseau répond quand même, et la réponse ne veut rien "
    "dire.",
    "teach.heading": "Pour la classe",
    "teach.lead": "Toutes les réponses ci-dessous sont calculées sur l’image affichée en ce moment. Choisissez un "
    "autre exemple, elles changent avec lui.",
    "teach.goal_chain": "On sait dire ce qu’une étape d’une diffusion discrète fait à un bit, et avec quelle "
    "probabilité.",
    "teach.goal_bayes": "On sait distinguer la règle de Bayes d’un raccourci qui lui ressemble, et montrer où ils "
    "diffèrent.",
    "teach.goal_limits": "On sait dire ce que prouve une part de pixels justes, et ce qu’elle ne prouve pas.",
    "teach.plan": "Le parcours entier : {minutes} minutes",
    "teach.rhythm": "À chaque question : mettez le lien au tableau, laissez chacun deviner seul et dire s’il est "
    "sûr, comptez les mains, laissez les voisins parler deux minutes, comptez encore, puis dévoilez avec la touche "
    "R. Parcourir les étapes ne trahit rien tant qu’une question est ouverte. N passe à la suite.",
    "teach.short": "Le parcours court : {minutes} minutes, la première question de chacune de ces leçons",
    "teach.offline_heading": "Sans réseau",
    "teach.offline": "Installée sur un ordinateur, l’application n’a besoin d’aucun réseau : lancez-la avant le "
    "cours et projetez-la. Ou imprimez d’avance la feuille et son corrigé ; on devine alors sur papier.",
    "teach.print": "Imprimer la feuille et son corrigé",
    "teach.answers": "Leçon par leçon",
    "teach.board": "Pour le tableau",
    "teach.copy": "Copier",
    "teach.copied": "Copié",
    "teach.select": "Appuyez sur Ctrl+C, ou Cmd+C sur un Mac",
    "teach.right": "Voici ce qui arrive.",
    "teach.discuss": "À discuter",
    "teach.unfit": "Cette image ne peut pas répondre à la question ; la leçon propose son propre exemple.",
    "teach.sheet": "Feuille de travail : devinez avant de regarder",
    "teach.name": "Nom : ____________________    Date : ______________",
    "teach.picture": "L’image avec le premier contour",
    "teach.mark": "Marquez l’endroit dans l’image.",
    "teach.reason": "Parce que :",
    "teach.key": "Corrigé",
    "teach.from": "Tout cela découle de la graine {seed}, de {steps} étapes et de la règle {sampler}.",
    "lesson.js.heading": "Apprendre en devinant",
    "lesson.js.lead": "Devinez d’abord, regardez ensuite. Chaque réponse est calculée sur l’image ci-dessus, ici, "
    "dans votre navigateur. Rien n’est envoyé et personne ne compte les points.",
    "lesson.js.invite": "Première visite ? Devinez une fois avant de regarder.",
    "lesson.js.begin": "Deviner",
    "lesson.js.skip": "Passer",
    "lesson.js.lesson": "Leçon {number} : {title}",
    "lesson.js.minutes": "{minutes} min",
    "lesson.js.done": "faite",
    "lesson.js.fast": "voie courte",
    "lesson.js.fast_only": "Montrer seulement la voie courte",
    "lesson.js.recall": "D’une leçon précédente",
    "lesson.js.number": "Ma réponse",
    "lesson.js.place": "Touchez l’image (ou Maj et les flèches dessus). Votre endroit : {where}.",
    "lesson.js.place_none": "aucun encore",
    "lesson.js.place_at": "ligne {row}, colonne {column}",
    "lesson.js.curve": "Courbe {letter}",
    "lesson.js.sure": "En êtes-vous sûr ?",
    "lesson.js.sure_guess": "Au hasard",
    "lesson.js.sure_rather": "Plutôt",
    "lesson.js.sure_certain": "Certain",
    "lesson.js.show": "Montrer",
    "lesson.js.missing": "Répondez d’abord, regardez ensuite.",
    "lesson.js.right": "Oui.",
    "lesson.js.other": "Ce n’est pas ce qui se passe ici.",
    "lesson.js.counts": "Tout ce qui va de {low} à {high} est accepté.",
    "lesson.js.confident": "Vous étiez certain : cela vaut un second regard.",
    "lesson.js.modest": "Vous avez deviné, et c’est juste.",
    "lesson.js.why": "Pourquoi ?",
    "lesson.js.next": "Question suivante",
    "lesson.js.next_lesson": "Leçon suivante",
    "lesson.js.again": "Redemander",
    "lesson.js.close": "Fermer",
    "lesson.js.unfit": "Cette image ne peut pas répondre : elle n’a pas de référence, ou la chaîne n’est pas finie, "
    "ou il y a trop peu dedans pour distinguer les réponses.",
    "lesson.js.example": "Prendre l’exemple de la leçon",
    "lesson.js.layer_signs": "Signes en entrée : plein est plus, pâle est moins. Neuf places sont les lignes, les "
    "canaux les colonnes.",
    "lesson.js.layer_weights": "Poids : un bit chacun.",
    "lesson.js.layer_agree": "Plein où signe et poids s’accordent.",
    "lesson.js.handles": "Changez vous-même les nombres de ce pixel",
    "lesson.js.revealed": "La réponse :",
    "lesson.js.report": "Signaler ici une erreur",
    "lesson.js.report_text": "{title} ({question}). Ce qui est faux : ... Où on l’a vu : {link}",
    "lesson.js.report_copied": "Copié : collez-le dans un message aux auteurs",
    "lesson.js.report_select": "Appuyez sur Ctrl+C, ou Cmd+C sur un Mac, et envoyez-le aux auteurs",
    "lesson.js.forward": "Oubliez vous-même le masque : t de {first} à {last}",
    "lesson.js.forward_prior": "vers l’a priori : {wrong} bits faux",
    "lesson.js.forward_coin": "vers une pièce équitable : {wrong} bits faux",
    "task.polyp.object": "polype",
    "task.polyp.sought": "polypes",
    "task.fundus.object": "réseau vasculaire",
    "task.fundus.sought": "vaisseaux",
    "kind.fundus photograph": "photographie de fond d’œil",
    "kind.colonoscopy image": "image de coloscopie",
    "example.polyp_small.title": "Petit polype sessile",
    "example.polyp_small.teaches": "Une grande tache fausse a été mise à côté du polype : elle se dissout, le "
    "polype reste.",
    "example.polyp_large.title": "Grand polype sessile",
    "example.polyp_large.teaches": "Plus de la moitié du polype a été coupée d’un trait droit : la partie manquante "
    "repousse jusqu’au vrai bord.",
    "example.polyp_pedunculated.title": "Polype pédiculé",
    "example.polyp_pedunculated.teaches": "Il n’y a aucune hypothèse, chaque bit est une pièce équitable : la tête "
    "sort du bruit, et au pied du pédicule une tache qui est fausse.",
    "example.polyp_flat.title": "Polype plan",
    "example.polyp_flat.teaches": "Rien n’a été abîmé : la proposition du segmenteur est presque juste, et "
    "l’affinage la rend un peu moins bonne. Regardez le bord.",
    "example.retina_photograph.title": "Œil gauche normal",
    "example.retina_photograph.teaches": "Les vaisseaux fins ont été ôtés de l’estimation : ils repoussent là où la "
    "photographie les montre.",
    "example.retina_synthetic_1.title": "Œil gauche, papille et macula",
    "example.retina_synthetic_1.teaches": "Tout sauf les plus gros vaisseaux a été ôté de l’estimation : les "
    "branches repoussent des arcades vers l’extérieur.",
    "example.retina_synthetic_2.title": "Œil gauche, papille au bord",
    "example.retina_synthetic_2.teaches": "Le bas de l’arbre vasculaire a été coupé d’un trait droit : il repousse "
    "sous la papille.",
}
# No line begins with a mark that French sets off by a space.
TEXTS = {key: re.sub(r" (?=[:;?!»])", "\u00a0", words.replace("« ", "«\u00a0")) for key, words in _WORDS.items()}
