"""Spanish: the texts of the interface, by key; what is missing is said in English."""

from __future__ import annotations

CODE, TITLE = "es", "Español"
TEXTS: dict[str, str] = {
    "task.polyp.title": "Pólipo en una imagen de colonoscopia",
    "task.fundus.title": "Vasos en una fotografía de fondo de ojo",
    "page.between": " ",
    "page.language": "Idioma",
    "page.title": "HiDiff Studio",
    "page.lead": "Un segmentador propone una máscara. Después un modelo de difusión la refina, bit a bit, ante sus "
    "ojos.",
    "page.terms": "Demostración de investigación y enseñanza. No es un producto sanitario. No apto para el "
    "diagnóstico.",
    "page.card": "Tres máscaras de bits: la primera llena de errores, la última entera.",
    "page.missing": "No disponible aquí: {title}. {reason}",
    "page.no_weights": "Aquí no hay pesos, así que no se puede segmentar nada. El terminal dice qué hacer.",
    "edition.title": "Lecciones de HiDiff",
    "edition.lead": "Cómo un modelo de difusión refina una máscara, bit a bit: primero adivinar, después mirar.",
    "edition.missing": "Esta edición no necesita servidor ni red. Sus propias imágenes, otros ajustes y los motores "
    "están en la aplicación.",
    "refine.tab": "Refinar",
    "refine.task": "Qué se busca",
    "refine.examples": "Elija un ejemplo",
    "refine.no_examples": "Aquí no hay ejemplos para esta tarea. Suba una imagen más abajo.",
    "refine.synthetic": "sintético",
    "refine.on_purpose": "estropeado adrede",
    "refine.both_marks": "{first} · {second}",
    "refine.yours": "Su propia imagen",
    "refine.upload": "Su propia imagen",
    "refine.upload_hint": "Suelte aquí una imagen\n\no haga clic para elegirla",
    "refine.refine": "Refinar",
    "refine.again": "Otra vez, con ruido nuevo",
    "refine.stale": "La imagen es de otros ajustes. Pulse Refinar para ver estos.",
    "refine.new_noise": "Ruido nuevo: semilla {seed:d}.",
    "refine.settings_lost": "Los ajustes vuelven a ser los de esta tarea.",
    "refine.stop": "Parar",
    "status.heading": "El refinado",
    "status.asked": "Segmentando...",
    "status.prior": "Paso 1 de {steps}",
    "status.step": "Paso {step} de {steps}",
    "status.done": "Listo, con la semilla {seed:d}.",
    "status.before": "Hay {count} visitantes antes que usted.",
    "status.before#one": "Hay un visitante antes que usted.",
    "status.stopping": "Se para después de este paso.",
    "status.given_up": "Parado antes de que hubiera una prior: la imagen está como estaba.",
    "status.lost": "Se perdió la conexión con el servidor. Los pasos que han llegado se pueden seguir viendo; para "
    "más, recargue la página.",
    "pointer.pixel": "Un píxel, explicado",
    "pointer.samples": "Las respuestas, una junto a otra",
    "refine.steps": "Pasos",
    "refine.steps_info": "de la cadena inversa; con menos va más rápido",
    "refine.samples": "Muestras",
    "refine.samples_info": "cadenas con su propio ruido; la respuesta es su media",
    "refine.seed": "Semilla",
    "refine.seed_info": "la misma semilla da los mismos bits",
    "refine.more": "Todos los ajustes",
    "refine.sampler": "Muestreo",
    "refine.sampler.ancestral": "ancestral, como en el artículo",
    "refine.sampler.plug_in": "ancestral, con la media sustituida tal como se publicó",
    "refine.sampler.ddim": "al modo de DDIM",
    "refine.aggregate": "Respuesta",
    "refine.aggregate.last": "la suposición del último paso",
    "refine.aggregate.mean": "la media de las suposiciones de todos los pasos",
    "refine.aggregate.blend": "esa media y la prior, mitad y mitad",
    "refine.focus": "Mirar de cerca",
    "refine.focus_info": "refinar en una ventana alrededor de lo que encontró la prior",
    "refine.both_looks": "Partir de ambas miradas",
    "refine.both_looks_info": "la media de lo que el segmentador ve en la imagen entera y en la ventana",
    "refine.corrects": "Qué puede corregir la red",
    "refine.corrects.every": "cualquier prior",
    "refine.corrects.given": "todas menos la del segmentador",
    "refine.mirror": "Dar la vuelta a la imagen",
    "refine.mirror_info": "la suposición es la media de la imagen y sus reflejos; cada cadena ve uno de ellos",
    "refine.nothing": "Aún no hay imagen: elija un ejemplo o suba una.",
    "refine.warning": "No se cambió nada",
    "picture.looks": "Esto parece una {found}, y usted busca {sought}.",
    "picture.small": "{width:d} x {height:d} píxeles son muy pocos para buscar {sought}; use una imagen de al menos "
    "{least:d} píxeles de ancho o de alto.",
    "picture.neither": "Esto no parece ni una colonoscopia ni un fondo de ojo, y usted busca {sought}.",
    "picture.switch": "Buscar eso",
    "task.polyp.switch": "Buscar pólipos en su lugar",
    "task.fundus.switch": "Buscar vasos en su lugar",
    "picture.keep": "Dejarlo así",
    "prior.title": "El comienzo en detalle",
    "prior.kind": "Partir de",
    "prior.segmentor": "la suposición del segmentador",
    "prior.own": "mi propia máscara",
    "prior.noise": "puro ruido",
    "prior.broken": "una suposición estropeada adrede",
    "prior.calibrate": "demasiado segura o demasiado tímida",
    "prior.shift": "desplazada",
    "prior.erode": "encogida",
    "prior.dilate": "agrandada",
    "prior.erase": "una parte borrada",
    "prior.false_blob": "una mancha falsa",
    "prior.blur": "borrosa",
    "prior.cut_segments": "vasos cortados",
    "prior.drop_thin": "vasos finos perdidos",
    "prior.speckle": "motas falsas",
    "prior.thicken": "vasos demasiado anchos",
    "prior.upload": "Una máscara de cualquier programa",
    "prior.upload_hint": "Suelte aquí una máscara\n\no haga clic: blanco es encendido",
    "prior.no_mask": "Aún no hay máscara: suba una o parta de otra prior.",
    "prior.inverted": "Se invirtió {name}.",
    "prior.anyway": "Usarla de todos modos",
    "prior.invert": "Invertirla",
    "prior.error": "Cómo está estropeada",
    "prior.seed": "Semilla del daño",
    "prior.seed_info": "aparte de la semilla del ruido",
    "refine.confidence": "Confianza en mi máscara",
    "refine.confidence_info": "la probabilidad dentro de la máscara dada; fuera es uno menos ella",
    "prior.reset": "Volver a la del segmentador",
    "lead.segmentor": "El segmentador ha hecho su suposición. Vea cómo la red busca, bit a bit, lo que está mal.",
    "lead.left": "El segmentador ha hecho su suposición y los bits se lanzan según ella. La red no sabe más y deja "
    "como está su idea del {object}: parta de una estropeada para verla arreglar.",
    "lead.noise": "Nadie ha supuesto nada: cada bit empieza como una moneda justa. Vea cómo la red busca en el "
    "ruido la forma del {object}; desde la suposición del segmentador llega más lejos.",
    "lead.broken": "La suposición del segmentador se estropeó adrede ({error}). Vea cómo la red la arregla, bit a bit.",
    "lead.own": "La máscara la trajo usted. Vea cómo la red busca, bit a bit, lo que está mal.",
    "lead.painted": "Usted pintó sobre la prior. Vea qué hace la red con ello.",
    "lead.held": "Usted pintó y sus trazos se mantienen. Vea cómo sigue el resto, bit a bit.",
    "lead.alone": "El segmentador responde solo: no se refina nada.",
    "engine.title": "Un bit de verdad",
    "engine.kind": "Qué calcula",
    "engine.kind_info": "los pesos y señales del eliminador de ruido son bits; ambos dan la misma imagen",
    "backend.packed": "bits empaquetados",
    "backend.simulation": "simulación en coma flotante",
    "backend.torch": "PyTorch",
    "backend.real": "gemelo de valores reales",
    "engine.both": "Cronometrar ambos, lado a lado",
    "engine.nothing_timed": "Refine, y aquí aparecerá lo que tarda un paso.",
    "engine.timed": "{engine}: {ms:,.0f} ms por paso",
    "engine.ratio": "En esta imagen los bits empaquetados van {ratio:.1f} veces más rápido.",
    "engine.same": "Los {bits} bits de todos los pasos son iguales.",
    "engine.differ": "{differ} de {bits} bits difieren en el conjunto de los pasos.",
    "engine.not_ready": "El motor de bits no está listo en este ordenador, así que corrió la simulación.",
    "engine.step": "Paso",
    "engine.channel": "Canal",
    "engine.look": "Mirar dentro de una capa",
    "engine.nothing_inside": "Aún no hay respuesta: deje que un refinado llegue al final y mire dentro.",
    "engine.not_inside": "Aquí no hay paso {step:d} con un canal {channel:d}; elija números más pequeños.",
    "engine.warning": "Nada donde mirar",
    "engine.inside_where": "Paso {number:d} (t = {t:d}), fila {row:d}, columna {column:d} del cuadro de trabajo: el "
    "cambio del que más dudó el eliminador de ruido. La primera capa binaria, canal {channel:d}:",
    "engine.inside_signs": "Signos de entrada: 3 x 3 lugares (filas), cada canal (columnas). Lleno es +1, pálido es "
    "-1.",
    "engine.inside_weights": "Pesos de este canal: un bit cada uno.",
    "engine.inside_agree": "XNOR: lleno donde signo y peso coinciden.",
    "engine.inside_count": "{agree} de {seen} coinciden y {differ} no, así que la suma es {total:+d}. Escalada, "
    "desplazada para t = {t:d} y unida a los {x:.2f} que entraron, resulta {value:.2f}. El umbral suma "
    "{threshold:.2f}: {side} cero, así que la capa siguiente lee {sign}.",
    "engine.inside_above": "no por debajo de",
    "engine.inside_below": "por debajo de",
    "engine.inside_mask": "La máscara ahora",
    "engine.inside_sums": "Las sumas",
    "engine.inside_out": "Los signos de salida",
    "engine.inside_note": "Cuatro canales comparten un byte; una consulta en una tabla de dieciséis responde a los "
    "cuatro a la vez.",
    "compare.title": "Comparar dos ajustes",
    "compare.difference": "En qué difieren",
    "compare.difference_info": "ambas pistas reciben el mismo ruido, así que en nada más",
    "compare.run": "Comparar lado a lado",
    "difference.seed": "la semilla",
    "difference.sampler": "el muestreo",
    "difference.steps": "el número de pasos",
    "difference.noise": "partir del ruido",
    "difference.broken": "partir de una prior estropeada",
    "difference.alone": "sin refinar: el segmentador, todas las vistas",
    "difference.focus": "la mirada de cerca",
    "difference.aggregate": "qué vale como respuesta",
    "difference.backend": "el motor",
    "difference.twin": "red binaria o de valores reales",
    "difference.user": "sin mi máscara ni mis trazos",
    "many.title": "Muchas respuestas",
    "many.draw": "Sacar varias respuestas",
    "many.sure": "Medido en imágenes de validación: donde la respuesta daba 90 % o más, el {percent:.0f} % de los "
    "píxeles eran del {object}.",
    "many.split": "Donde estaba dividida (30 a 70 %), lo eran el {percent:.0f} %.",
    "reference.title": "Comparar con una referencia",
    "reference.upload": "Máscara de referencia",
    "reference.upload_hint": "Suelte aquí una máscara\n\no haga clic para elegirla",
    "reference.same": "La prior es esta misma referencia, así que la respuesta solo puede ser igual o peor.",
    "reference.none": "Con una máscara de referencia, de cualquier programa, aquí se puntúan prior y respuesta.",
    "reference.no_image": "Aún no hay imagen con que comparar: elija un ejemplo o suba una.",
    "reference.left": "{name} era de la imagen anterior y se ha apartado; traiga la referencia de la nueva.",
    "reference.warning": "No comparado",
    "reference.prior": "prior",
    "reference.refined": "refinada",
    "reference.difference": "diferencia",
    "reference.dice": "Dice",
    "reference.iou": "IoU",
    "reference.hd95": "HD95, píxeles",
    "reference.missed": "píxeles omitidos",
    "reference.false": "píxeles falsos",
    "reference.no_number": "-",
    "take.title": "Para llevar",
    "take.all": "Todos los archivos",
    "take.all_hint": "Un ZIP con todos los archivos de aquí, con la traza ligera en lugar de la completa",
    "take.mask": "Máscara",
    "take.mask_hint": "La máscara refinada: un PNG del tamaño de su imagen, 255 encendido y 0 apagado",
    "take.prior": "Prior",
    "take.prior_hint": "La máscara antes del refinado: un PNG del tamaño de su imagen, 255 encendido y 0 apagado",
    "take.prob": "Probabilidad",
    "take.prob_hint": "La probabilidad refinada de cada píxel: un PNG de 16 bits, 65535 es certeza",
    "take.overlay": "Superposición",
    "take.overlay_hint": "La máscara refinada dibujada sobre su imagen",
    "take.difference": "Diferencia",
    "take.difference_hint": "La máscara refinada frente a la referencia: gris es correcto, azul es falso, naranja "
    "falta",
    "take.animation": "WebP",
    "take.animation_hint": "El refinado como imagen en movimiento, paso a paso",
    "take.gif": "GIF",
    "take.gif_hint": "La misma imagen en movimiento como GIF, para programas que no conocen WebP",
    "take.sheet": "Lámina",
    "take.sheet_hint": "Cada paso, o cada muestra, en una lámina para imprimir",
    "take.light": "Traza",
    "take.light_hint": "Cada bit de cada paso, con las probabilidades redondeadas a 0,001; se abre con Trace.load",
    "take.trace": "Traza completa",
    "take.trace_hint": "Cada bit y cada número de cada paso, para programas que leen .npz de numpy; grande y lenta "
    "de hacer",
    "take.settings": "Ajustes",
    "take.settings_hint": "De qué salió esto, como JSON: ajustes, resúmenes, puntuaciones, versiones y la línea de "
    "órdenes",
    "take.scribbles": "Trazos",
    "take.scribbles_hint": "Lo que pintó, como PNG para --scribbles: 255 encendido, 0 apagado, 128 libre",
    "take.megabytes": "~{number} MB",
    "take.command": "Los mismos archivos desde la línea de órdenes",
    "take.command_info": "en una copia de este proyecto, con su imagen al lado",
    "take.command_tab": "Línea de órdenes",
    "take.python": "La misma máscara en Python, desde esta aplicación",
    "take.python_info": "pip install gradio_client; con su imagen al lado",
    "take.python_tab": "Python",
    "take.curl": "La misma máscara en una terminal, desde esta aplicación",
    "take.curl_info": "necesita curl y nada más; con su imagen al lado",
    "take.curl_tab": "curl",
    "take.nothing": "Aún no hay respuesta: deje que un refinado llegue al final y elija otra vez.",
    "take.warning": "Ningún archivo",
    "link.title": "Un enlace a lo que ve",
    "link.copy": "Copiar enlace",
    "link.copied": "Copiado.",
    "link.failed": "Su navegador no deja copiar a la página: pulse Ctrl+C, o Cmd+C en un Mac.",
    "link.upload": "Su imagen se queda con usted, así que ningún enlace lleva a ella. Tome el archivo de ajustes: "
    "con su imagen da los mismos bits.",
    "link.painted": "Los trazos no caben en un enlace. Tome los ajustes y los trazos: con la imagen dan los mismos "
    "bits.",
    "link.own": "Una máscara propia no cabe en un enlace. Tome el archivo de ajustes: con sus archivos da los "
    "mismos bits.",
    "link.refused": "No se pudo usar {name} del enlace, así que se muestra lo habitual.",
    "link.warning": "El enlace",
    "take.no_command": "Ninguna línea de órdenes da esto: se paró, o el segmentador respondió solo.",
    "lane.seed": "semilla {seed:d}",
    "lane.steps": "{steps} pasos",
    "lane.closer": "mirada de cerca",
    "lane.whole": "imagen entera",
    "lane.binary": "red binaria",
    "lane.twin": "gemelo de valores reales",
    "lane.refined": "refinada",
    "lane.alone": "solo el segmentador, todas las vistas",
    "lane.with_scribbles": "con sus trazos",
    "player.lessons": "Lecciones",
    "player.stage": "{label}. {keys}",
    "player.label": "El refinado, paso a paso",
    "player.empty": "Elija un ejemplo o suba una imagen. La prior aparece enseguida; después, cada paso.",
    "player.opening": "Un momento: el primer ejemplo está en camino.",
    "player.keys": "Flechas izquierda y derecha: un paso. Inicio, Fin: primero, último. Espacio: reproducir. Mayús "
    "y flechas: otro píxel. Intro: fijarlo. Más, menos: zoom.",
    "player.help": "Teclas",
    "player.help.step": "un paso atrás, un paso adelante",
    "player.help.ends": "el primer momento, el último",
    "player.help.play": "reproducir, pausa",
    "player.help.pixel": "en la imagen: otro píxel",
    "player.help.hold": "en la imagen: fijar el píxel o dar un toque de pincel, soltar",
    "player.help.zoom": "en la imagen: más cerca, más lejos, la vista entera",
    "player.help.clicker": "en la vista de presentación y con un puntero: paso",
    "player.help.panels": "en la vista de presentación: panel siguiente, en negro",
    "player.help.reveal": "en la vista de presentación: descubrir la respuesta, pregunta siguiente",
    "player.teach": "Para docentes",
    "player.back": "Un paso atrás",
    "player.play": "Reproducir",
    "player.pause": "Pausa",
    "player.ahead": "Un paso adelante",
    "player.scrub": "Paso",
    "player.loop": "Repetir sin fin",
    "player.pace": "Velocidad",
    "player.film": "Todos los pasos",
    "player.zoom": "Zoom",
    "player.in": "Acercar",
    "player.out": "Alejar",
    "player.fit": "Vista entera",
    "player.large": "Vista de presentación, pantalla completa",
    "player.leave": "Salir de la vista de presentación",
    "player.panel": "Panel siguiente",
    "player.panel_hint": "Panel siguiente: ninguno, las curvas, un píxel (tecla p)",
    "player.most": "Mayor cambio",
    "player.most_hint": "Mirar la parte que más cambió; otra vez: volver",
    "player.split": "Antes | después: a la izquierda del tirador la máscara de la prior, a la derecha la de la "
    "respuesta",
    "player.map": "Dónde está la vista en la imagen entera",
    "player.skip": "Saltar el reproductor",
    "player.show": "Mostrar",
    "player.unfold": "Mapas, un píxel, curvas",
    "player.base.image": "Imagen",
    "player.base.image_hint": "La fotografía, la máscara supuesta y lo que este paso cambia",
    "player.base.bits": "Bits",
    "player.base.bits_hint": "La máscara como está ahora, con su ruido: blanco es encendido",
    "player.base.guess": "Suposición",
    "player.base.guess_hint": "Lo que la red cree que es la máscara limpia",
    "player.base.doubt": "Duda",
    "player.base.doubt_hint": "Qué bits cree la red que están mal",
    "player.base.mean": "Probabilidad",
    "player.base.mean_hint": "La probabilidad de que cada bit esté encendido tras este paso: la media a posteriori",
    "player.base.prior": "Prior",
    "player.base.prior_hint": "Las probabilidades de las que parte la cadena: blanco seguro encendido, negro seguro "
    "apagado",
    "player.base.noise": "Ruido",
    "player.base.noise_hint": "El número al azar de cada píxel en este momento: el bit está encendido donde queda "
    "por debajo de la probabilidad",
    "player.base.flips": "Cambios",
    "player.base.flips_hint": "Lo que este paso enciende y apaga",
    "player.base.errors": "Errores",
    "player.base.errors_hint": "La suposición frente a la referencia: lo que omite, lo que añade de más, lo que "
    "acierta",
    "player.base.difference": "Diferencia",
    "player.base.difference_hint": "Dónde difieren las máscaras de las dos pistas",
    "player.key.grey": "negro apagado, blanco encendido",
    "player.key.heat": "cuanto más claro, más dudoso",
    "player.outline": "máscara supuesta",
    "player.flips": "cambios",
    "player.reference": "referencia",
    "player.missed": "omitido",
    "player.false": "falso",
    "player.right": "correcto",
    "player.on": "encendido",
    "player.off": "apagado",
    "player.closer": "mirada de cerca",
    "player.opacity": "opacidad",
    "player.tools": "Pincel",
    "player.tool.point": "Señalar",
    "player.tool.add": "Añadir",
    "player.tool.erase": "Borrar",
    "player.size": "tamaño",
    "player.undo": "Deshacer",
    "player.redo": "Rehacer",
    "player.clear": "Limpiar",
    "player.meaning": "Qué significa un trazo",
    "player.meaning.proposes": "la red puede deshacerlo",
    "player.meaning.holds": "mis trazos se mantienen",
    "player.answering": "Responder a cada trazo",
    "player.answering_slow": "apagado aquí, donde una respuesta tarda segundos; el botón grande la da",
    "player.samples": "Muchas respuestas",
    "player.pixel": "Un píxel",
    "player.pixel.hint": "Pase sobre la imagen, o tóquela, y lea por qué cambió un bit.",
    "player.formula": "La fórmula",
    "player.depth.look": "Mirar",
    "player.depth.count": "Calcular",
    "player.depth.derive": "Deducir",
    "player.handles": "Cambiar sus números",
    "player.handles_hint": "¿Y si este píxel tuviera otra prior, otro bit u otra duda, o estuviera en otro tiempo? "
    "La moneda sigue siendo la misma.",
    "player.handles.time": "tiempo t",
    "player.handles.p": "prior p",
    "player.handles.y": "el bit yₜ está encendido",
    "player.handles.eps": "duda ε̂",
    "player.handles.back": "Volver a la traza",
    "player.strip": "Este píxel en todos los pasos: su probabilidad de encendido, el número sacado, el bit",
    "player.strip.mean": "probabilidad de encendido",
    "player.strip.u": "número sacado",
    "player.strip.bit": "bit tras el paso",
    "player.strip.mean_hint": "La barra: lo probable que es que el bit esté encendido tras el paso.",
    "player.strip.u_hint": "La línea: el número al azar. Por debajo del tope de la barra el bit está encendido.",
    "player.strip.bit_hint": "El cuadrado: blanco encendido, negro apagado; azul y naranja acaban de cambiar.",
    "player.curves": "A lo largo de los pasos",
    "player.curve.flips": "cambios",
    "player.curve.flips_hint": "Cuántos bits enciende (azul) y apaga (naranja) cada paso.",
    "player.curve.area_hint": "Cuánto de la imagen está encendido: en los bits del paso (fino) y en la suposición "
    "(grueso).",
    "player.curve.entropy_hint": "Lo indecisa que es la suposición, en bits por píxel: 0 es segura, 1 una moneda "
    "justa.",
    "player.curve.alpha_bar_hint": "Cuánto queda de la máscara limpia en cada tiempo; sube cuando t baja.",
    "player.curve.dice_hint": "El solape con la referencia, de 0 a 1: de los bits (fino), de la suposición (grueso).",
    "player.curve.area": "área, %",
    "player.curve.entropy": "entropía de la suposición, bits",
    "player.curve.alpha_bar": "ᾱ: lo que queda de la máscara limpia",
    "player.curve.dice": "Dice",
    "player.curve.prior": "prior",
    "player.prior": "Prior",
    "player.toss": "Lanzamiento",
    "player.step": "Paso {number} de {steps}",
    "player.answer": "Respuesta",
    "player.stopped": "Parado",
    "player.fact.time": "tiempo t",
    "player.fact.time_start": "{t:d}",
    "player.fact.time_value": "{t:d} → {s:d}",
    "player.fact.alpha_bar": "ᾱ de t",
    "player.fact.alpha_bar_value": "{alpha_bar:.3g}",
    "player.fact.expected_value": "{expected}",
    "player.fact.expected": "bits en duda",
    "player.fact.area": "área",
    "player.fact.prior_area": "área de la prior",
    "player.fact.seconds": "calculado en",
    "player.fact.seconds_value": "{seconds:.1f} s",
    "player.fact.area_value": "{percent:.2f} % de la imagen",
    "player.fact.chain": "cadena",
    "player.fact.chain_value": "{chain} de {samples}",
    "player.note": "{title}: {width:d} x {height:d} píxeles, semilla {seed:d}.",
    "player.note_whole": "{title}: {width:d} x {height:d} píxeles, refinada como {wide:d} x {tall:d} bits, "
    "semilla {seed:d}.",
    "player.note_lanes": "En las curvas, las líneas continuas son de la primera pista, {first}; las discontinuas, "
    "de la segunda, {second}.",
    "player.note_closer": "{title}: {width:d} x {height:d} píxeles, mirada de cerca a {across:d} x {down:d}, "
    "refinada como {wide:d} x {tall:d} bits, semilla {seed:d}.",
    "player.js.alt": "{title}. {sentence}",
    "player.error.scribbles": "Los trazos no son lo que envía el pincel; píntelos en el reproductor e inténtelo de "
    "nuevo.",
    "player.error.scribbles_size": "Los trazos miden {width:d} x {height:d} y la imagen {across:d} x {down:d}; "
    "pinte sobre la imagen que se muestra.",
    "player.js.toss": "y_T",
    "player.js.pane_image": "Fotografía",
    "player.js.pane_bits": "Bits",
    "player.js.pane_guess": "La suposición de la red",
    "player.js.pane_doubt": "La duda de la red",
    "player.js.pane_mean": "Probabilidad de encendido",
    "player.js.pane_prior": "La prior",
    "player.js.pane_noise": "Números al azar",
    "player.js.pane_flips": "Cambios",
    "player.js.pane_errors": "Errores",
    "player.js.split": "prior {percent} %, respuesta el resto",
    "player.js.measure_dice": "Dice con la referencia",
    "player.js.measure_guess_dice": "Dice de la suposición",
    "player.js.hint.guess_dice": "Cuánto se solapan la suposición y la referencia: 1 es lo mismo, 0 es ningún píxel "
    "en común.",
    "player.js.measure_changed": "píxeles cambiados",
    "player.js.of_pixels": "de {pixels}",
    "player.js.since": "desde {from}",
    "player.js.since_better": "desde {from}: mejor en {by}",
    "player.js.since_worse": "desde {from}: peor en {by}",
    "player.js.since_level": "desde {from}: igual de bien",
    "player.js.hint.dice": "Cuánto se solapan máscara y referencia: 1 es lo mismo, 0 es ningún píxel en común.",
    "player.js.hint.changed": "Píxeles que estaban encendidos en la máscara de la prior y ahora no, o al revés.",
    "player.js.hint.time": "La cadena cuenta hacia atrás desde T: en T la máscara es un lanzamiento de la prior, en "
    "0 está limpia.",
    "player.js.hint.alpha-bar": "Cuánto queda de la máscara limpia en el tiempo t. El resto se ha fundido en la prior.",
    "player.js.hint.expected": "La suma de todas las dudas: tantos bits cree la red que están mal. Cambian menos, "
    "porque un paso solo recorre parte del camino y algunas monedas conservan el bit.",
    "player.js.hint.area": "La parte de la imagen que cubre la máscara.",
    "player.js.hint.prior_area": "La parte de la imagen que cubre la máscara de la prior, antes de refinar nada.",
    "player.js.hint.seconds": "El tiempo de los pasos en este servidor, sin lo que tardó el segmentador.",
    "player.js.hint.chain": "Cada cadena tiene su propio ruido; la respuesta es su media.",
    "player.js.hint.p": "La prior: la probabilidad de que este píxel esté encendido, antes de que empiece la cadena.",
    "player.js.hint.y": "El bit en el tiempo t, con el que empieza el paso: 1 encendido, 0 apagado.",
    "player.js.hint.eps": "La duda de la red: la probabilidad de que este bit esté mal.",
    "player.js.hint.y0": "La suposición de la máscara limpia: el bit, girado tanto como se duda de él.",
    "player.js.hint.alpha": "Cuánta memoria de un bit conserva el paso de t al siguiente.",
    "player.js.hint.theta-1": "Lo bien que un bit apagado explicaría lo que se ve: la evidencia de apagado, aún sin "
    "dividir.",
    "player.js.hint.theta-2": "Lo bien que un bit encendido explicaría lo que se ve: la evidencia de encendido, aún "
    "sin dividir.",
    "player.js.hint.mean": "La probabilidad de que el bit esté encendido tras este paso: la media a posteriori, de "
    "θ₁ y θ₂.",
    "player.js.hint.u": "La moneda: un número al azar entre 0 y 1. El bit está encendido si queda por debajo de μ.",
    "player.js.hint.out": "El bit con el que empieza el paso siguiente.",
    "player.js.hint.answer": "La probabilidad en la respuesta; por encima de un medio el píxel es de la máscara.",
    "player.js.where": "fila {row:d}, columna {column:d}",
    "player.js.held": "fijado; tóquelo otra vez para soltarlo",
    "player.js.bit_on": "encendido",
    "player.js.bit_off": "apagado",
    "player.js.out": "bit después",
    "player.js.answer": "respuesta",
    "player.js.if": "si y₀ = 0 | 1",
    "player.js.below": "menor",
    "player.js.not_below": "no menor",
    "player.js.why_prior": "La prior da a este píxel un {percent} % de probabilidad de estar encendido.",
    "player.js.why_start_on": "La prior da un {percent} %. El número sacado, {u}, es menor que {p}: la cadena "
    "empieza con este bit encendido.",
    "player.js.why_start_off": "La prior da un {percent} %. El número sacado, {u}, no es menor que {p}: la cadena "
    "empieza con este bit apagado.",
    "player.js.why_flips": "El bit estaba {before}. La red lo cree equivocado con un {doubt} %, así que supone "
    "encendido al {guess} %; con eso, la probabilidad de encendido tras este paso es {mean}. El número sacado, {u}, "
    "es {relation}: el bit pasa a {after}.",
    "player.js.why_stays": "El bit está {before}. La red lo cree equivocado con un {doubt} %, así que supone "
    "encendido al {guess} %; con eso, la probabilidad de encendido tras este paso es {mean}. El número sacado, {u}, "
    "es {relation}: el bit sigue {after}.",
    "player.js.why_last": "El último paso no lanza monedas. El bit estaba {before} y la red lo cree equivocado con "
    "un {doubt} %: supone encendido al {guess} %, así que acaba {after}.",
    "player.js.why_answer_on": "La respuesta: {percent} % encendido, más de un medio, así que el píxel es de la "
    "máscara. Cambios por el camino: {flips}.",
    "player.js.why_answer_off": "La respuesta: {percent} % encendido, no más de un medio, así que el píxel queda "
    "fuera. Cambios por el camino: {flips}.",
    "player.js.why_painted": "Una mano pintó este bit {bit}, y los bits pintados se mantienen en cada paso.",
    "player.js.line_forward": "En el entrenamiento: un paso conserva el bit o lo saca de nuevo de la prior.",
    "player.js.line_marginal": "Muchos pasos así son uno: por inducción sobre el paso anterior.",
    "player.js.line_start": "La cadena empieza con un lanzamiento de la prior.",
    "player.js.line_guess": "La suposición es el bit, girado tanto como se duda de él.",
    "player.js.line_theta_off": "El peso de apagado: lo bien que explica el bit que hay, por su propia probabilidad.",
    "player.js.line_theta_on": "El peso de encendido, igualmente.",
    "player.js.line_posterior": "La regla de Bayes: el peso de encendido entre ambos, si se conociera el bit limpio.",
    "player.js.line_mean_ancestral": "El bit limpio no se conoce: ambos casos, mezclados como dice la suposición.",
    "player.js.line_mean_plug_in": "El atajo publicado: la suposición está en los pesos como si fuera un bit.",
    "player.js.line_mean_ddim": "El paso al modo de DDIM va hacia la suposición; la prior no interviene.",
    "player.js.line_toss": "El bit siguiente es un lanzamiento de esa media.",
    "player.js.line_last": "En el último paso no se lanza moneda: el bit está encendido donde la suposición supera "
    "un medio.",
    "player.js.line_no_step": "Vaya a un paso de la cadena y aquí estarán los números de este píxel.",
    "player.js.spoken_forward": "q de y t igual a uno es alfa t por el bit anterior, más uno menos alfa t, por p",
    "player.js.spoken_marginal": "q de y t igual a uno, dado y cero, es alfa barra t por y cero, más uno menos alfa "
    "barra t, por p",
    "player.js.spoken_start": "y T mayúscula es uno donde u está por debajo de p",
    "player.js.spoken_guess": "y cero con gorro es la distancia entre y t y épsilon con gorro",
    "player.js.spoken_theta_off": "theta uno es alfa t por uno menos y t, más uno menos alfa t por la distancia de y "
    "t más p a uno; todo ello por alfa barra s por uno menos y cero, más uno menos alfa barra s por uno menos p",
    "player.js.spoken_theta_on": "theta dos es alfa t por y t, más uno menos alfa t por la distancia de y t más p a "
    "uno; todo ello por alfa barra s por y cero, más uno menos alfa barra s por p",
    "player.js.spoken_posterior": "pi de y cero es theta dos entre la suma de theta uno y theta dos",
    "player.js.spoken_mean_ancestral": "mu es y cero con gorro por pi de uno, más uno menos y cero con gorro, por pi "
    "de cero",
    "player.js.spoken_mean_plug_in": "mu es theta dos entre la suma de theta uno y theta dos",
    "player.js.spoken_mean_ddim": "mu es sigma por y t, más alfa barra s menos sigma por alfa barra t, por y cero "
    "con gorro",
    "player.js.spoken_toss": "y s es uno donde u está por debajo de mu",
    "player.js.counted_guess": "El bit es {y} y su duda {eps}, así que la suposición es {y0}.",
    "player.js.counted_mean_ancestral": "Con el bit limpio encendido la regla de Bayes da {ifOn}, con él apagado "
    "{ifOff}; mezclados según la suposición {y0} son {mu}.",
    "player.js.counted_mean_plug_in": "Los pesos son {theta1} para apagado y {theta2} para encendido: {mu}.",
    "player.js.counted_mean_ddim": "Del bit {y} hacia la suposición {y0}: {mu}.",
    "player.js.counted_toss": "El número sacado es {u} y la media {mu}: el bit es {ys}.",
    "player.js.handled": "Con estos números el bit queda {after} tras el paso.",
    "player.js.handled_same": "Son los números de la propia traza: el bit queda {after} tras el paso.",
    "player.js.other_mean": "μ, {rule}",
    "player.js.rule_ancestral": "exacta",
    "player.js.rule_plug_in": "como se publicó",
    "player.js.rule_ddim": "al modo de DDIM",
    "player.js.axis_prior": "prior",
    "player.js.axis_answer": "respuesta",
    "player.js.only": "solo en {lane}",
    "player.js.sample": "Muestra {number:d}",
    "player.js.samples_mean": "Proporción de muestras",
    "player.js.samples_disagreement": "Desacuerdo",
    "player.js.samples_area": "Áreas: {span} % de la imagen.",
    "player.js.samples_dice": "Dice: {span}.",
    "player.js.representative": "la que más coincide con las demás",
    "player.js.samples_star": "★ la que más coincide con las demás.",
    "say.prior": "La prior, que la cadena debe refinar: dentro de la línea, cada píxel es más probable que sea del "
    "{object} que no.",
    "say.prior_painted": "La prior con sus trazos, de la que parte la cadena: dentro de la línea, cada píxel es más "
    "probable que sea del {object} que no.",
    "say.toss": "El lanzamiento y_T: cada píxel lanza su propia moneda, cargada con la probabilidad de la prior. "
    "{on} de {bits} bits caen encendidos.",
    "say.toss_looks": "El lanzamiento y_T: cada píxel lanza su propia moneda, cargada con la media de la prior y de lo "
    "que el segmentador ve más de cerca. {on} de {bits} bits caen encendidos.",
    "say.first": "La red ve los bits lanzados. Cree que {expected} de {bits} están mal; este paso enciende {on} y "
    "apaga {off}.",
    "say.step": "La red cree que {expected} de {bits} bits están mal; este paso enciende {on} y apaga {off}.",
    "say.step_left": "No se pregunta a la red: la suposición queda como está, y según ella {expected} de {bits} bits "
    "estarían mal. Este paso enciende {on} y apaga {off}.",
    "say.last": "Ya no se lanzan monedas: un bit está encendido donde la suposición supera un medio. Se encienden "
    "{on} y se apagan {off}.",
    "say.answer": "La respuesta. {change}",
    "say.answer_mean": "La respuesta es la media de las {steps} suposiciones. {change}",
    "say.answer_blend": "La respuesta es la media de las {steps} suposiciones, a medio camino de la prior. {change}",
    "say.answer_many": "La respuesta es la media de {samples} cadenas, cuyas áreas van de {low:.2f} a {high:.2f} %. "
    "{change}",
    "say.stopped": "Parado tras {done} de {steps} pasos: esta es la suposición hasta ahora. {change}",
    "say.alone": "La respuesta del segmentador desde todas las vistas; no se refinó nada. {change}",
    "say.change": "Píxeles de la imagen añadidos a la prior: {on}; quitados: {off}.",
    "say.looks": "La mirada más de cerca cambió {looks} antes del primer paso; la cadena, {chain}.",
    "say.nothing": "No se encontró nada: ningún bit es más probable encendido que apagado.",
    "stroke.added_none": "Usted encendió {painted} píxeles: la red los conservó todos.",
    "stroke.added_none#one": "Usted encendió 1 píxel: la red lo conservó.",
    "stroke.added_some": "Usted encendió {painted} píxeles: la red volvió a quitar {back}.",
    "stroke.added_all": "Usted encendió {painted} píxeles: la red los quitó todos.",
    "stroke.added_all#one": "Usted encendió 1 píxel: la red lo quitó.",
    "stroke.erased_none": "Usted borró {painted} píxeles: no volvió ninguno.",
    "stroke.erased_none#one": "Usted borró 1 píxel: no volvió.",
    "stroke.erased_some": "Usted borró {painted} píxeles: volvieron {back}.",
    "stroke.erased_all": "Usted borró {painted} píxeles: volvieron todos.",
    "stroke.erased_all#one": "Usted borró 1 píxel: volvió.",
    "stroke.nothing": "Sus trazos no cambiaron nada: la prior ya lo tenía así.",
    "stroke.holds": "Sus {painted} píxeles pintados se mantienen.",
    "stroke.holds#one": "Su píxel pintado se mantiene.",
    "stroke.others": "Frente a la prior cambiaron otros {others}.",
    "stroke.others#one": "Frente a la prior cambió 1 más.",
    "stroke.others_none": "Frente a la prior no cambió ningún otro.",
    "about.tab": "Acerca de",
    "about.chain": "De la fotografía a la máscara",
    "about.chain_alt": "Una fotografía se vuelve prior, la prior una máscara de bits lanzados, y unos pasos que se "
    "repiten hacen de ella la respuesta.",
    "about.figure.image": "imagen",
    "about.figure.prior": "prior p",
    "about.figure.mask": "bits",
    "about.figure.answer": "respuesta",
    "about.figure.segmentor": "segmentador",
    "about.figure.toss": "lanzamiento",
    "about.figure.steps": "T pasos",
    "about.equation.forward": "El proceso directo funde la máscara verdadera en la prior; B es la ley de Bernoulli, "
    "una moneda por píxel.",
    "about.equation.start": "La cadena empieza con un lanzamiento de la prior; u es un número al azar entre 0 y 1.",
    "about.equation.guess": "La duda de la red gira bits: su suposición de la máscara limpia.",
    "about.equation.mean": "La regla de Bayes sopesa la suposición con los bits y la prior: la probabilidad de que "
    "el bit siguiente esté encendido.",
    "about.equation.next": "La máscara siguiente es un lanzamiento de ella.",
    "about.results": "Lo que se midió",
    "about.results_info": "Dice en imágenes de prueba a su propio tamaño; entre corchetes, un intervalo del 95 % de "
    "la media sobre las imágenes.",
    "about.column.set": "conjunto de datos",
    "about.column.cases": "imágenes",
    "about.column.prior": "segmentador",
    "about.column.refined": "refinada",
    "about.column.change": "cambio",
    "about.cite": "Cómo citarlo",
    "about.cite_copy": "Copiar BibTeX",
    "about.links": """
## Para leer más

- [HiDiff](https://arxiv.org/abs/2407.03548), el artículo: la máscara de un segmentador, refinada por difusión de
  Bernoulli
- [BerDiff](https://arxiv.org/abs/2304.04429), la misma cadena a partir de puro ruido
- [D3PM](https://arxiv.org/abs/2107.03006), la difusión de estados discretos en general
""",
    "about.body": """
## Lo que ve

1. **La prior.** Un segmentador mira la imagen, en algunas tareas también reflejada, y da a cada píxel una probabilidad.
2. **La cadena.** De la prior se saca una máscara lanzando una moneda por píxel. Después una red binaria mira
   imagen, máscara y prior, dice qué bits están probablemente mal, y se saca otra máscara. Esto se repite
   hasta t = 1.
3. **La respuesta.** Lo que la red cree, cortado en un medio: al final, o en la media de todos los pasos, según lo
   que sirvió mejor al elegir los pesos. Con varias muestras es la media de ellas.

A la red se le dice **de quién es la prior**: del segmentador, de cualquiera (ruido, una estropeada, la máscara de
algún programa, lo que usted pintó como propuesta), o una con trazos que valen. La prior de un segmentador acierta
en casi todas partes, así que de la corrección se toma poco; en los vasos nada, porque allí el refinado no superó a
su prior. Los trazos que valen, en un objeto macizo, encuentran la respuesta que señalan.

*Contorno*: la máscara en que cree la red en este paso. *Azul*: bits que el paso enciende. *Naranja*: bits que
apaga. *Bits*: la máscara y<sub>t</sub> misma, con su ruido. *Suposición*: la probabilidad que la red da a la
máscara limpia. En la respuesta, azul y naranja la comparan con la prior.

Donde la prior encontró algo pequeño, la cadena trabaja en una ventana a su alrededor, recortada de los píxeles
originales: *Mirar de cerca*. Los archivos para descargar tienen siempre el tamaño de su imagen.

## Lo que puede cambiar

- **Empezar por otra máscara**: la suya, de cualquier programa, en la que se confía tanto como usted diga; ruido,
  que es BerDiff, la cadena sin prior; o la propuesta del segmentador, estropeada a propósito. O pinte sobre la
  imagen: lo que pinta es una propuesta que la red puede deshacer, o bien vale y, en objetos macizos, habla también
  por lo que tiene al lado.
- **Comparar dos ajustes** uno junto a otro y al mismo compás. Las dos pistas encuentran los mismos números al azar,
  así que lo que sale distinto viene de lo que se cambió.
- **Muchas respuestas**: cadenas con ruido propio. Donde coinciden, el modelo está seguro de sí mismo, que no es lo
  mismo que tener razón.
- **Para llevar**: máscaras, imágenes, la traza con todos los números y los ajustes de los que salen otra vez los
  mismos bytes, con la línea de órdenes que lo hace.

El método es HiDiff (Chen, Wang, Chen, Lei, Shan: IEEE TMI 2024, arXiv 2407.03548).

## Desde un programa

`/prior`, `/refine` (envía sus pasos uno a uno) y `/refine_prior` (empieza por su máscara) se llaman con
`gradio_client`; el enlace a la API al pie de esta página dice qué toman y qué dan.

## Sus imágenes

Una imagen enviada se lee en este servidor, se guarda cerca de una hora para que usted pueda descargar el resultado,
y después se borra. No se registra nada.
""",
    "about.weights": "Pesos",
    "weights.folder": "Pesos para {task}: una carpeta de este servidor.",
    "weights.unknown": "Pesos para {task}: hechos en este proceso.",
    "about.failures": "Fallos conocidos",
    "about.examples": "Ejemplos",
    "about.example": "{title}{synthetic}: {source}. Licencia: {licence}. {note}",
    "about.example_short": "{source}. Licencia: {licence}.",
    "about.synthetic": " (sintético)",
    "error.image_missing": "No hay imagen; envíe una como archivo.",
    "error.address": "Este servidor no va a buscar direcciones; envíe la imagen misma como archivo.",
    "error.task": "Aquí no hay ninguna tarea llamada {task!r}; elija una de {tasks}.",
    "error.canvas": "{name} habría que ampliarla a más de {limit} millones de píxeles, porque su campo de visión la "
    "llena muy poco; recórtela e inténtelo de nuevo.",
    "error.no_scribbles": "No se pintó nada, así que no hay trazos que guardar.",
    "error.no_reference": "No hay referencia con que comparar; traiga antes una máscara de referencia.",
    "error.nothing_of_yours": "No hay máscara ni trazo suyo que dejar fuera; traiga una máscara o pinte, y compare.",
    "error.no_step": "No se dio ningún paso, así que no hay nada de eso; refine antes.",
    "error.kind": "Aquí no hay archivos del tipo {kind!r}.",
    "error.difference": "Dos pistas no pueden diferir aquí en {difference!r}; elija algo de lo ofrecido.",
    "error.backend": "No hay ningún motor llamado {backend!r}; elija packed o simulation.",
    "error.samples_here": "{name} es demasiado grande para tantas muestras a la vez; elija {limit} como mucho.",
    "error.work": "{name} con estos ajustes tardaría aquí unos {seconds} segundos, y se permiten {limit}; elija "
    "menos muestras, menos pasos o los bits empaquetados.",
    "error.trace_size": "La traza completa pasaría de los {limit} MB que hace este servidor; tome la traza ligera, "
    "de la que se siguen los mismos pasos.",
    "error.explain_size": "{name} con tantas muestras y pasos es demasiado grande para explicarla; elija menos.",
    "error.switch": "{name} no es ni true ni false; dé uno de los dos.",
    "error.call": "Esto no se pudo entender; revise lo enviado e inténtelo otra vez.",
    "server.too_large": "Esto pasa de los {limit:g} MB permitidos; envíe menos e inténtelo otra vez.",
    "server.no_endpoint": "Aquí no hay ningún punto de acceso así; la página de la API los enumera.",
    "server.no_json": "Esto no es un JSON que pueda tener sentido; revise sus números y su anidamiento e inténtelo "
    "otra vez.",
    "server.session": "El nombre de una sesión es una palabra de 128 letras como mucho; elija otro.",
    "server.host": "Este servidor no responde a ese nombre; ábralo por su propia dirección. (Quien lo lleva puede "
    "nombrar otros en HIDIFF_HOSTS.)",
    "server.origin": "La página de otro sitio no puede enviar nada a este servidor; abra la suya propia.",
    "server.disk": "Se envió demasiado en una hora; vuelva dentro de {minutes} minutos.",
    "server.closing": "El servidor se está parando; inténtelo cuando haya vuelto.",
    "server.full": "Ya esperan {waiting} trabajos; vuelva dentro de unos {seconds} segundos.",
    "server.full_title": "Ocupado",
    "server.no_space": "Este servidor no tiene sitio para otro archivo; vuelva dentro de una hora, cuando se borren "
    "los viejos.",
    "server.time_limit": "El refinado se terminó a los {seconds:g} segundos, como con «Parar»; cuenta lo que hay.",
    "library.weights_alone": "Pesos para {task}: la copia incluida (no se indica ningún repositorio del Hub).",
    "library.weights_embedded": "Pesos para {task}: la copia incluida ({reason}).",
    "library.weights_hub": "Pesos para {task}: repositorio {repo} del Hub, versión {commit}.",
    "library.broken": "No se pudo descifrar {name}; quizá esté dañado: guárdelo de nuevo como PNG e inténtelo otra "
    "vez.",
    "library.cut": "{name} está dañado o cortado; guárdelo de nuevo desde su origen e inténtelo otra vez.",
    "library.unknown": "{name} no es una imagen que se pueda leer aquí; elija PNG, JPEG, WebP, BMP o TIFF.",
    "library.empty_file": "{name} está vacío; elija una imagen PNG, JPEG, WebP, BMP o TIFF.",
    "library.gone": "No se encontró {name}; compruebe la ruta e inténtelo otra vez.",
    "library.too_many_bytes": "{name} tiene {size} MB, más de los {limit} MB permitidos; hágalo más pequeño e "
    "inténtelo otra vez.",
    "library.too_many_pixels": "{name} tiene {size} píxeles, más de los {limit} megapíxeles permitidos; hágala más "
    "pequeña e inténtelo otra vez.",
    "library.out_of_range": "{name} tiene valores fuera de 0..1 y 0..255; escálelos e inténtelo otra vez.",
    "library.proportions": "{name} mide {size} y la imagen {other}, que son otras proporciones; elija la máscara de "
    "esta imagen, de su tamaño o escalada entera.",
    "library.resampled": "{name} mide {size} y se ajustó a los {other} de la imagen.",
    "library.sizes": "{name} mide {size} y {other} {wanted}; dé a ambos un mismo tamaño.",
    "library.photograph": "{name} parece una fotografía y no una máscara: tiene muchos colores o grises.",
    "library.inverted": "{name} cubre el {percent} % de la imagen; quizá esté invertida.",
    "library.nothing_on": "{name} está vacía: ningún píxel está encendido.",
    "library.all_on": "{name} está encendida por todas partes.",
    "library.little_on": "{name} está casi vacía: {on} de sus {total} píxeles están encendidos.",
    "library.little_off": "{name} está casi llena: todos menos {off} de sus {total} píxeles están encendidos.",
    "library.whole": "{name} es {value}; elija un número entero de {low} a {high}.",
    "lesson.survives.discuss_one": "¿Por qué parte habría apostado, y qué le llevó a ello en la imagen?",
    "lesson.survives.discuss_two": "¿Quedaría la misma parte con otra semilla? Pruebe tres y diga por qué.",
    "lesson.survives.title": "¿Qué parte sobrevive?",
    "lesson.survives.idea": "La cadena conserva lo que la imagen apoya y suelta lo demás.",
    "lesson.survives.ask": "Este contorno se estropeó adrede. ¿Qué parte seguirá ahí al final?",
    "lesson.survives.vanishes": "Usted confió en el contorno. La red mira también la imagen, y allí no encontró "
    "nada que sostenga esta parte.",
    "lesson.survives.because": "De todo lo contorneado, {kept_of_prior} sigue encendido en la respuesta.",
    "lesson.survives.kept": "De los píxeles del primer contorno, ¿qué parte sigue encendida en la respuesta?",
    "lesson.survives.all": "Usted esperaba que todo se quedara. La prior es solo donde empieza la cadena: cada paso "
    "puede girar cualquier bit.",
    "lesson.survives.none": "Usted esperaba que no quedara nada. La cadena no empieza de nuevo: parte de la prior y "
    "la arregla.",
    "lesson.survives.kept_because": "{kept_of_prior} del primer contorno sigue encendido.",
    "lesson.survives.text": "El contorno es la prior: un mapa de probabilidades. La cadena lanza una moneda por "
    "cada píxel, y la red dice, paso a paso, qué bits parecen mal en esta imagen. Lo que puede ver, lo conserva.",
    "lesson.coin.discuss_one": "¿En qué lugar de la imagen están las monedas que importan?",
    "lesson.coin.discuss_two": "¿Por qué no usar sin más el contorno en un medio? ¿Qué necesitaría un segmentador "
    "para que esta lección fuera inútil?",
    "lesson.coin.title": "Una máscara es una moneda en cada píxel",
    "lesson.coin.idea": "La prior da las probabilidades, y la cadena parte de un lanzamiento de todas las monedas.",
    "lesson.coin.ask": "Los {all_bits} píxeles están a punto de lanzarse, cada uno con su probabilidad. ¿Cuántos "
    "saldrán apagados dentro del contorno o encendidos fuera?",
    "lesson.coin.fair": "Usted esperaba monedas justas. Eso sería puro ruido, que es como empieza BerDiff. Aquí "
    "cada moneda está cargada con la prior.",
    "lesson.coin.threshold": "Usted esperaba el contorno mismo. Una prior no es una máscara acabada: hasta un píxel "
    "seguro guarda una pequeña posibilidad.",
    "lesson.coin.undecided": "Usted contó todos los píxeles indecisos. Uno así puede cambiar, pero la mayoría cae "
    "de su lado más probable.",
    "lesson.coin.because": "{tossed_across} cayeron en contra del contorno. Solo por las probabilidades serían "
    "{tossed_across_expected}.",
    "lesson.coin.one": "Un píxel tiene una probabilidad de {coin_p} de estar encendido. Con {seeds} semillas, ¿en "
    "qué parte de los lanzamientos lo está?",
    "lesson.coin.one_because": "Estuvo encendido en {coin_on} de {seeds} lanzamientos, hechos todos aquí, en su "
    "navegador. Cuantos más, más cerca de {coin_p}.",
    "lesson.coin.text": "Para cada píxel se saca un número u al azar entre cero y uno. El bit está encendido si "
    "u es menor que la probabilidad p. Donde p está cerca de cero o de uno, la moneda está casi decidida; en juego "
    "están las de en medio: a lo largo del contorno y dondequiera que la prior sea gris. La varianza de un bit es p "
    "por uno menos p: máxima en un medio.",
    "lesson.forgetting.discuss_one": "Muestre que dos pasos hacia delante hacen uno. ¿Qué queda después de muchísimos?",
    "lesson.forgetting.discuss_two": "¿Qué elección de p da BerDiff? ¿Y qué tiene que aprender su cadena además de "
    "lo que aprende esta?",
    "lesson.forgetting.title": "Olvidar hacia la prior",
    "lesson.forgetting.idea": "En el entrenamiento la máscara verdadera se olvida bit a bit, pero acaba en la "
    "prior, no en nieve.",
    "lesson.forgetting.ask": "En el entrenamiento la máscara verdadera se olvida hasta que solo queda la prior. "
    "¿Cuántos de los {all_bits} bits están mal entonces?",
    "lesson.forgetting.random": "Usted esperaba que lo olvidado fuera azar. Los bits olvidados se sacan de nuevo de "
    "la prior, y la prior suele acertar.",
    "lesson.forgetting.nothing": "Usted esperaba que no se perdiera nada. La máscara se pierde, y la prior no es la "
    "máscara.",
    "lesson.forgetting.erased": "Usted esperaba que la máscara se borrara. Sus bits no se apagan: se sacan de nuevo "
    "de la prior.",
    "lesson.forgetting.because": "{forgotten_to_prior} bits están mal. La prior es un sitio mucho mejor para "
    "empezar que la nieve.",
    "lesson.forgetting.coin": "¿Y si se olvidara hacia monedas justas? ¿Cuántos bits estarían mal?",
    "lesson.forgetting.same": "Usted esperaba otra vez el número de la prior. Una moneda justa no sabe nada de la "
    "imagen, así que falla una de cada dos veces.",
    "lesson.forgetting.coin_because": "{forgotten_to_coin} de {all_bits} bits: más o menos uno de cada dos. Eso es "
    "BerDiff. Hacia la prior eran {forgotten_to_prior}.",
    "lesson.forgetting.half": "¿En qué tiempo t está olvidada más o menos la mitad de la máscara verdadera?",
    "lesson.forgetting.early": "Usted esperaba que casi todo se fuera de golpe. El calendario empieza despacio.",
    "lesson.forgetting.late": "Usted esperaba que durara hasta el final. Para entonces casi no queda nada de la "
    "máscara.",
    "lesson.forgetting.half_because": "De los tiempos de esta cadena, t = {half_forgotten_time} deja la parte más "
    "cercana a un medio.",
    "lesson.forgetting.text": "En el tiempo t un bit está encendido con probabilidad ᾱ por el bit verdadero más uno "
    "menos ᾱ por p. Cuando ᾱ cae a cero, solo queda p. Se olvida solo en el entrenamiento: al pulsar Refinar, la "
    "cadena va al revés.",
    "lesson.doubt.discuss_one": "¿Por qué predice la red el error y no la máscara?",
    "lesson.doubt.discuss_two": "Si las dudas fueran honestas, ¿qué diría su suma? ¿Dónde se premiaría a una red por "
    "contestar siempre que no?",
    "lesson.doubt.title": "¿Qué bits están mal?",
    "lesson.doubt.idea": "La red no dibuja una máscara. Dice de cada bit lo probable que es que esté mal.",
    "lesson.doubt.ask": "Ve los primeros bits de la cadena. Señale el lugar del que más duda la red.",
    "lesson.doubt.undecided": "Usted miró donde la prior está indecisa. La red mira el bit lanzado y la imagen: de "
    "un bit al lado equivocado de un borde claro se duda más.",
    "lesson.doubt.flips": "Usted miró lo que cambia en este paso. La duda es una opinión; si un bit cambia lo "
    "decide una moneda.",
    "lesson.doubt.because": "En total duda de {doubted_bits} bits. Los lugares más claros son de los que más duda.",
    "lesson.doubt.count": "De {all_bits} bits, ¿cuántos cree la red que están mal en el primer paso, sumando todas "
    "sus dudas?",
    "lesson.doubt.yes_no": "Usted contó los bits de los que duda más de un medio. Las dudas pequeñas también "
    "cuentan: muchas hacen una suma grande.",
    "lesson.doubt.correction": "Usted contó lo que cambia de la prior a la respuesta. La duda es sobre los bits de "
    "este paso, y estos acaban de lanzarse.",
    "lesson.doubt.any": "Usted esperaba que estuviera perdida. Los primeros bits vienen de la prior, y casi todos "
    "aciertan.",
    "lesson.doubt.trusts": "Usted no esperaba ninguna duda. Los bits se lanzaron, así que algunos están mal, y la "
    "red lo sabe.",
    "lesson.doubt.count_because": "{doubted_bits} según la suma de sus dudas. {doubted_that_stay} bits de los que "
    "duda más de un medio se quedan igual, y {trusted_that_flip} en los que confía cambian: cada paso aún lanza sus "
    "monedas.",
    "lesson.doubt.text": "La red responde a una pregunta: ¿está mal este bit? Del bit y la duda sale su suposición "
    "de la máscara limpia: girar el bit tanto como se duda de él. Si sus dudas son honradas, su suma es el número "
    "de bits equivocados.",
    "lesson.bayes.discuss_one": "¿Cuándo coinciden las dos reglas? Pruébelo con los tiradores.",
    "lesson.bayes.discuss_two": "¿Qué testigo gana cuando p tiende a cero? ¿Por qué se da el último paso sin moneda?",
    "lesson.bayes.title": "Bayes en un píxel",
    "lesson.bayes.idea": "Un paso sopesa a tres testigos: el bit como está, la suposición y la prior.",
    "lesson.bayes.ask": "Mire el píxel rodeado, en t = {gap_time}. Su bit es {gap_bit} (uno es encendido), la red "
    "duda de él con {gap_doubt} y la prior le da {gap_p}. ¿Con qué probabilidad está encendido tras este paso, por "
    "la regla de Bayes?",
    "lesson.bayes.decides": "Usted dejó decidir a la red sola. Su suposición es un testigo; también se oye al bit y "
    "a la prior.",
    "lesson.bayes.plug_in": "Esto sale si la suposición se pone en la regla de Bayes como si fuera un bit. Es la "
    "regla tal como se publicó. La exacta sopesa los dos bits limpios posibles.",
    "lesson.bayes.ddim": "Esta es la regla al modo de DDIM, que no oye a la prior.",
    "lesson.bayes.because": "{mean_exact} por la regla exacta. El atajo publicado da {mean_plug_in}, y la red sola "
    "diría {mean_guess}. De todos los píxeles y pasos de esta cadena, aquí es donde más difieren las dos reglas.",
    "lesson.bayes.flips": "El paso de la imagen parte de t = {gap_time}. ¿Cuántos de los {all_bits} bits "
    "deberían cambiar en él, por la regla de Bayes?",
    "lesson.bayes.flips_because": "Se esperan {expected_flips} por la regla exacta y {expected_flips_plug_in} "
    "por el atajo publicado, que mete la suposición en la regla como si fuera un bit. La red duda de "
    "{doubted_at_gap}.",
    "lesson.bayes.text": "El bit limpio está encendido o apagado. Para cada caso la regla de Bayes da una "
    "probabilidad, y la suposición dice cómo mezclarlas. Poner la suposición misma en la regla no es igual, porque "
    "la regla divide por una suma que depende del bit limpio. Cuando la suposición es segura, ambas coinciden.",
    "lesson.motion.discuss_one": "¿Por qué se pegan cada vez más los bits por el camino, y por qué no cesan los "
    "cambios al final?",
    "lesson.motion.discuss_two": "¿Por qué puede una cadena saltarse pasos, y qué pierde con ello?",
    "lesson.motion.title": "Cómo se mueve una cadena",
    "lesson.motion.idea": "La mayoría de los bits no cambia nunca, y los cambios no se apagan sin más.",
    "lesson.motion.ask": "¿Qué curva muestra el número de cambios del primer paso al último?",
    "lesson.motion.falling": "Usted esperaba que cada paso hiciera menos que el anterior. Son los mismos números, "
    "ordenados. Cada paso vuelve a lanzar monedas, y hacia el final pesa más la suposición.",
    "lesson.motion.constant": "Usted esperaba que cada paso hiciera lo mismo. Lo firme que es un bit cambia con el "
    "tiempo.",
    "lesson.motion.ddim": "Esto es lo que cambiaría el muestreo al modo de DDIM en los mismos bits. Conserva más.",
    "lesson.motion.because": "{flips_in_all} cambios en total, contados en esta cadena.",
    "lesson.motion.never": "¿Qué parte de todos los bits no cambia nunca, en toda la cadena?",
    "lesson.motion.half": "Usted esperaba que se moviera uno de cada dos bits. Solo hay monedas en juego donde la "
    "prior o la red están indecisas.",
    "lesson.motion.repainted": "Usted esperaba que se repintara toda la imagen. Una moneda cargada suele caer como "
    "antes.",
    "lesson.motion.never_because": "{never_flipped} de los bits no cambia nunca. Lo que se mueve está en los bordes "
    "y donde la prior se equivocaba.",
    "lesson.motion.text": "En el primer paso no se recuerda casi nada, así que es un segundo lanzamiento. Después "
    "un bit conserva más de sí mismo. Cerca del final la media sigue a la suposición, y lo que aún está mal se gira.",
    "lesson.votes.discuss_one": "¿Por qué ayuda siquiera una media de suposiciones que se parecen?",
    "lesson.votes.discuss_two": "¿Qué haría que todas las cadenas se equivocaran juntas? ¿Significa algo entonces "
    "que coincidan?",
    "lesson.votes.title": "Cada paso vota",
    "lesson.votes.idea": "La media de todas las suposiciones suele ser más segura que la última. Una imagen no "
    "prueba nada.",
    "lesson.votes.ask": "¿Qué está más cerca de la referencia en esta imagen?",
    "lesson.votes.prior": "La prior, antes de cualquier paso",
    "lesson.votes.first": "La suposición del primer paso",
    "lesson.votes.last": "La suposición del último paso",
    "lesson.votes.mean": "La media de las suposiciones de todos los pasos",
    "lesson.votes.because": "Dice con la referencia: prior {dice_prior}, última suposición {dice_last}, media "
    "{dice_mean}. En otra imagen el orden puede invertirse.",
    "lesson.votes.two": "¿Qué está más cerca de la referencia en esta imagen?",
    "lesson.votes.two_because": "Dice con la referencia: primera suposición {dice_first}, última {dice_last}. En "
    "otra imagen puede ser al revés.",
    "lesson.votes.text": "Las suposiciones de una cadena yerran en parte igual y en parte por azar. La media quita "
    "lo que es azar. Lo que todas tienen mal sigue mal: estar de acuerdo no es acertar.",
    "lesson.engine.discuss_one": "¿Por qué hay menos parejas en el borde?",
    "lesson.engine.discuss_two": "¿Qué tiene que seguir siendo un número real en esta red? ¿Quién paga los signos en "
    "el entrenamiento?",
    "lesson.engine.title": "Un bit de verdad",
    "lesson.engine.idea": "Solo con signos, multiplicar y sumar es preguntar cuántos coinciden.",
    "lesson.engine.ask": "Estos son los signos que una convolución binaria ve en un lugar, y sus pesos. Coinciden "
    "{layer_agree} de {layer_seen}. ¿Qué da la convolución?",
    "lesson.engine.count": "Usted contó lo que coincide. Lo que difiere también cuenta: cada par así quita uno.",
    "lesson.engine.all": "Usted contó cada par como más uno. Eso solo pasa donde todos coinciden.",
    "lesson.engine.average": "Usted tomó una proporción. Una convolución suma sus productos; no divide nada.",
    "lesson.engine.because": "{layer_sum}: dos veces los que coinciden, menos todos. Así que no hace falta "
    "multiplicar, solo mirar qué bits son iguales y contarlos.",
    "lesson.engine.bits": "Escriba encendido como más uno y apagado como menos uno, multiplique cada uno de los "
    "{all_bits} primeros bits de la cadena por el bit de la respuesta en el mismo lugar, y sume. Coinciden "
    "{bits_agree}. ¿Cuál es la suma?",
    "lesson.engine.bits_because": "{bits_sum}: dos veces los que coinciden, menos todos. Así cuentan las "
    "convoluciones de la red, con sus propios signos.",
    "lesson.engine.text": "Signo por signo es más uno donde son iguales y menos uno donde difieren. La suma de los "
    "productos es, pues, dos veces el número de pares iguales menos el de todos. Los pares iguales los marca XNOR, "
    "y contar marcas es una sola instrucción. En el borde faltan signos, así que hay menos pares. El panel del "
    "motor cronometra ambas maneras en esta imagen y cuenta los bits que difieren.",
    "lesson.limits.discuss_one": "Píxel, lesión, paciente: ¿de cuál habla una proporción de píxeles correctos?",
    "lesson.limits.discuss_two": "¿Qué fallo dañaría a quién? ¿Qué tendría que ver una clínica antes de usar esto?",
    "lesson.limits.title": "Cuando no ayuda",
    "lesson.limits.idea": "Refinar arregla muchos contornos y daña algunos. Nunca hace un diagnóstico.",
    "lesson.limits.kept": "Parte del primer contorno está mal según la referencia. ¿Qué porción de ella sigue "
    "encendida en la respuesta?",
    "lesson.limits.half": "Usted esperaba cara o cruz. Las monedas están cargadas con lo que ve la red: conserva "
    "una parte equivocada o la suelta.",
    "lesson.limits.mends": "Usted esperaba que se arreglara todo error. Lo que a la red le parece de verdad, lo "
    "conserva.",
    "lesson.limits.kept_because": "{kept_of_false} de la parte equivocada sigue encendido.",
    "lesson.limits.ask": "Estos pesos se midieron en {reported_cases} imágenes de prueba ({task}) que nunca habían "
    "visto. ¿En qué parte de ellas fue mejor la máscara refinada que su prior?",
    "lesson.limits.always": "Usted esperaba que ayudara siempre. Refinar cambia también contornos que estaban bien.",
    "lesson.limits.never": "Usted esperaba que no ayudara nunca. En muchas imágenes la prior deja algo que arreglar.",
    "lesson.limits.because": "Mejor en {reported_better}, peor en {reported_worse}. Dice cambia {reported_gain} de "
    "media; el intervalo va de {reported_low} a {reported_high}.",
    "lesson.limits.text": "Las probabilidades son sobre píxeles de unos pocos hospitales y cámaras. No dicen nada "
    "de un paciente. Si se le da una imagen de otra cosa, la red responde igual, y la respuesta no significa nada.",
    "teach.heading": "Para docentes",
    "teach.lead": "Todas las respuestas de abajo están calculadas en la imagen que se ve ahora. Elija otro ejemplo y "
    "cambian con él.",
    "teach.goal_chain": "Quien aprende sabe decir qué hace un paso de una difusión discreta a un bit, y con qué "
    "probabilidad.",
    "teach.goal_bayes": "Quien aprende distingue la regla de Bayes de un atajo que se le parece, y muestra dónde "
    "difieren.",
    "teach.goal_limits": "Quien aprende sabe decir qué demuestra una proporción de píxeles correctos, y qué no.",
    "teach.plan": "El recorrido entero: {minutes} minutos",
    "teach.rhythm": "En cada pregunta: ponga el enlace en la pizarra, deje que cada cual adivine por su cuenta y "
    "diga lo seguro que está, cuente manos, deje hablar dos minutos con los vecinos, cuente otra vez y descubra con "
    "la tecla R. Ir paso a paso no revela nada mientras la pregunta está abierta. N sigue adelante.",
    "teach.short": "El recorrido corto: {minutes} minutos, la primera pregunta de cada una de estas",
    "teach.offline_heading": "Sin red",
    "teach.offline": "Instalada en un ordenador, la aplicación no necesita red: iníciela antes de la clase y "
    "proyéctela. O imprima antes la hoja con su clave; se puede adivinar sobre el papel.",
    "teach.print": "Imprimir la hoja y su clave",
    "teach.answers": "Lección por lección",
    "teach.board": "Para la pizarra",
    "teach.copy": "Copiar",
    "teach.copied": "Copiado",
    "teach.select": "Pulse Ctrl+C, o Cmd+C en un Mac",
    "teach.right": "Esto es lo que pasa.",
    "teach.discuss": "Para hablar",
    "teach.unfit": "Esta imagen no puede responder a la pregunta; la lección ofrece su propio ejemplo.",
    "teach.sheet": "Hoja de trabajo: adivine antes de mirar",
    "teach.name": "Nombre: ____________________    Fecha: ______________",
    "teach.picture": "La imagen con el primer contorno",
    "teach.mark": "Marque el lugar en la imagen.",
    "teach.reason": "Porque:",
    "teach.key": "Clave",
    "teach.from": "Todo esto se sigue de la semilla {seed}, {steps} pasos y la regla {sampler}.",
    "lesson.js.heading": "Aprender adivinando",
    "lesson.js.lead": "Primero adivine, después mire. Cada respuesta se calcula con la imagen de arriba, aquí, en "
    "su navegador. No se envía nada y nadie lleva la cuenta.",
    "lesson.js.invite": "¿Primera vez aquí? Adivine una vez antes de mirar.",
    "lesson.js.begin": "Adivinar",
    "lesson.js.skip": "Saltar",
    "lesson.js.lesson": "Lección {number}: {title}",
    "lesson.js.minutes": "{minutes} min",
    "lesson.js.done": "hecha",
    "lesson.js.fast": "camino corto",
    "lesson.js.fast_only": "Mostrar solo el camino corto",
    "lesson.js.recall": "De una lección anterior",
    "lesson.js.number": "Mi apuesta",
    "lesson.js.place": "Toque la imagen (o Mayús y las flechas sobre ella). Su lugar: {where}.",
    "lesson.js.place_none": "ninguno aún",
    "lesson.js.place_at": "fila {row}, columna {column}",
    "lesson.js.curve": "Curva {letter}",
    "lesson.js.sure": "¿Qué seguridad tiene?",
    "lesson.js.sure_guess": "Al azar",
    "lesson.js.sure_rather": "Bastante",
    "lesson.js.sure_certain": "Total",
    "lesson.js.show": "Mostrar",
    "lesson.js.missing": "Primero responda, después mire.",
    "lesson.js.right": "Sí.",
    "lesson.js.other": "No es lo que pasa aquí.",
    "lesson.js.counts": "Vale todo lo que va de {low} a {high}.",
    "lesson.js.confident": "Tenía total seguridad: esta merece otra mirada.",
    "lesson.js.modest": "Lo adivinó, y es así.",
    "lesson.js.why": "¿Por qué?",
    "lesson.js.next": "Pregunta siguiente",
    "lesson.js.next_lesson": "Lección siguiente",
    "lesson.js.again": "Preguntar otra vez",
    "lesson.js.close": "Cerrar",
    "lesson.js.unfit": "Esta imagen no puede responder a la pregunta: no tiene referencia, o la cadena no ha "
    "terminado, o hay muy poco en ella para distinguir las respuestas.",
    "lesson.js.example": "Tomar el ejemplo de la lección",
    "lesson.js.layer_signs": "Signos de entrada: lleno es más, pálido es menos. Nueve lugares son las filas; los "
    "canales, las columnas.",
    "lesson.js.layer_weights": "Pesos: un bit cada uno.",
    "lesson.js.layer_agree": "Lleno donde signo y peso coinciden.",
    "lesson.js.handles": "Cambie usted los números de este píxel",
    "lesson.js.revealed": "La respuesta:",
    "lesson.js.report": "Avisar aquí de un error",
    "lesson.js.report_text": "{title} ({question}). Qué está mal: ... Dónde se vio: {link}",
    "lesson.js.report_copied": "Copiado: péguelo en un mensaje a los autores",
    "lesson.js.report_select": "Pulse Ctrl+C, o Cmd+C en un Mac, y envíelo a los autores",
    "lesson.js.forward": "Olvide usted la máscara: t de {first} a {last}",
    "lesson.js.forward_prior": "hacia la prior: {wrong} bits mal",
    "lesson.js.forward_coin": "hacia una moneda justa: {wrong} bits mal",
    "task.polyp.object": "pólipo",
    "task.polyp.sought": "pólipos",
    "task.fundus.object": "árbol vascular",
    "task.fundus.sought": "vasos",
    "kind.fundus photograph": "fotografía de fondo de ojo",
    "kind.colonoscopy image": "imagen de colonoscopia",
    "example.polyp_small.title": "Pólipo sésil pequeño",
    "example.polyp_small.teaches": "Junto al pólipo se puso una gran mancha falsa: se disuelve, y el pólipo se queda.",
    "example.polyp_large.title": "Pólipo sésil grande",
    "example.polyp_large.teaches": "Más de la mitad del pólipo se cortó en línea recta: la parte que falta vuelve a "
    "crecer hasta el borde real.",
    "example.polyp_pedunculated.title": "Pólipo con tallo",
    "example.polyp_pedunculated.teaches": "No hay ninguna suposición, cada bit es una moneda justa: del ruido sale "
    "la cabeza, y al pie del pedículo una mancha que está mal.",
    "example.polyp_flat.title": "Pólipo plano",
    "example.polyp_flat.teaches": "No se estropeó nada: la propuesta del segmentador es casi correcta, y el "
    "refinado la empeora un poco. Fíjese en el borde.",
    "example.retina_photograph.title": "Ojo izquierdo normal",
    "example.retina_photograph.teaches": "Se quitaron de la suposición los vasos finos: vuelven a crecer por donde "
    "los muestra la fotografía.",
    "example.retina_synthetic_1.title": "Ojo izquierdo, papila y mácula",
    "example.retina_synthetic_1.teaches": "Se quitó todo menos los vasos más gruesos: las ramas vuelven a crecer "
    "desde las arcadas hacia fuera.",
    "example.retina_synthetic_2.title": "Ojo izquierdo, papila al borde",
    "example.retina_synthetic_2.teaches": "La parte inferior del árbol vascular se cortó en línea recta: vuelve a "
    "crecer bajo la papila.",
}
